//! Spans by hand, with the `tracing` crate and `tracing-opentelemetry`.

use opentelemetry::global;
use opentelemetry::propagation::Injector;
use opentelemetry::trace::TraceContextExt;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::hand::Headers;
use super::incoming::Incoming;

/// Starts the span of a send, child of the current one, and writes it into the headers.
pub(super) fn send(
    system: &'static str,
    word: &'static str,
    destination: &str,
    headers: &mut dyn Injector,
) -> Span {
    let span = info_span!(
        "send",
        otel.name = format!("{word} {destination}"),
        otel.kind = "producer",
        messaging.system = system,
        messaging.operation.name = word,
        messaging.operation.r#type = "send",
        messaging.destination.name = destination,
        messaging.client.id = "checkout-1",
        server.address = "127.0.0.1",
        server.port = 9092,
    );
    global::get_text_map_propagator(|propagator| propagator.inject_context(&span.context(), headers));
    span
}

/// Runs the handler in the span of handling a message, child of the span that sent it, and linked to it.
pub(super) fn process<M: Incoming>(
    system: &'static str,
    message: &M,
    handler: impl FnOnce(&M) -> u64,
) -> u64 {
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(message)));
    let span = info_span!(
        "process",
        otel.name = format!("process {}", message.destination()),
        otel.kind = "consumer",
        messaging.system = system,
        messaging.operation.name = "process",
        messaging.operation.r#type = "process",
        messaging.destination.name = message.destination(),
        messaging.client.id = "checkout-1",
        messaging.consumer.group.name = "checkout",
        server.address = "127.0.0.1",
        server.port = 9092,
    );
    span.add_link(parent.span().span_context().clone());
    // Without a subscriber there is no span to give a parent to.
    let _ = span.set_parent(parent);
    span.in_scope(|| handler(message))
}

/// The same for several messages in one span, with a link to each.
pub(super) fn process_batch<M: Incoming>(
    system: &'static str,
    batch: &[M],
    handler: impl FnOnce(&[M]) -> u64,
) -> u64 {
    let destination = batch.first().map(Incoming::destination).unwrap_or_default();
    let span = info_span!(
        "process",
        otel.name = format!("process {destination}"),
        otel.kind = "consumer",
        messaging.system = system,
        messaging.operation.name = "process",
        messaging.operation.r#type = "process",
        messaging.destination.name = destination,
        messaging.client.id = "checkout-1",
        messaging.consumer.group.name = "checkout",
        messaging.batch.message_count = batch.len(),
        server.address = "127.0.0.1",
        server.port = 9092,
    );
    for message in batch {
        let from = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(message)));
        span.add_link(from.span().span_context().clone());
    }
    span.in_scope(|| handler(batch))
}
