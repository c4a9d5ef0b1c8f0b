//! OpenTelemetry, as a service would set it up.

use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracehop::{MessagePropagator, MessagingTracer, Repeats};

/// Its spans are not exported: the suite looks at what is on the wire.
pub(crate) fn tracer(repeats: Repeats) -> MessagingTracer {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    // Not what OTEL_PROPAGATORS asks for, because the suite is about this format.
    let propagator = MessagePropagator::builder().repeats(repeats).build();
    let builder = MessagingTracer::builder().tracer_provider(provider).propagator(propagator);
    builder.on_problem(|problem| eprintln!("a message's headers: {problem}")).build()
}
