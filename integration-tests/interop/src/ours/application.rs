//! The application that uses tracehop.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use tracehop::{MessagePropagator, MessagingTracer};
use tracehop_sdk::Traces;
use tracehop_testing::OtlpRecorder;

use crate::journey::Journey;
use crate::row::Row;
use crate::seen::{HANDLE, TENANT};

const SHUTDOWN: Duration = Duration::from_secs(20);

/// A service of its own, which exports its spans to the recorder.
#[derive(Debug)]
pub(crate) struct Application {
    traces: Traces,
    pub(super) tracer: MessagingTracer,
}

impl Application {
    /// # Errors
    ///
    /// The recorder's address cannot be used.
    pub(crate) fn start(recorder: &OtlpRecorder) -> anyhow::Result<Self> {
        let variables = recorder.variables();
        let lookup =
            move |name: &str| variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let traces = Traces::builder(Row::OURS).variables(lookup).build()?;
        // Also if OTEL_PROPAGATORS asks for another format here.
        let propagator = MessagePropagator::default();
        Ok(Self { tracer: traces.messaging_tracer_builder().propagator(propagator).build(), traces })
    }

    /// The context in which a message is sent: a span of the application, in the journey.
    pub(super) fn checkout(&self, journey: Journey) -> anyhow::Result<Context> {
        let parent = journey.context()?;
        let tracer = self.traces.provider().tracer(Row::OURS);
        let span = tracer.start_with_context("checkout", &parent);
        Ok(parent.with_span(span))
    }

    /// What the application does with a message.
    pub(super) fn handle(&self) {
        let mut span = self.traces.provider().tracer(Row::OURS).start(HANDLE);
        Context::map_current(|cx| {
            if let Some(tenant) = cx.baggage().get(Journey::KEY) {
                span.set_attribute(KeyValue::new(TENANT, tenant.as_str().to_owned()));
            }
        });
        span.end();
    }

    /// Exports what is left.
    ///
    /// # Errors
    ///
    /// Spans were lost.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        let ended = tokio::task::spawn_blocking(move || self.traces.shutdown_with_timeout(SHUTDOWN));
        Ok(ended.await??)
    }
}
