use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::redaction::Redaction;

/// Applies a [`Redaction`] to each span that ends, before another processor gets it.
///
/// It is for providers that are set up by hand; [`TracesBuilder::redaction`](crate::TracesBuilder::redaction) does it for
/// [`Traces`](crate::Traces). Processors beside this one get spans as they are.
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use tracehop_sdk::{ChunkSpanProcessor, Redact, RedactingSpanProcessor, Redaction};
///
/// let exporter = InMemorySpanExporter::default();
/// let processor = ChunkSpanProcessor::builder(exporter.clone()).build()?;
/// let redaction = Redaction::builder().rule("enduser.*", Redact::Remove).build()?;
/// let processor = RedactingSpanProcessor::new(processor, redaction);
/// let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
///
/// let span = provider.tracer("doc").span_builder("place order");
/// drop(span.with_attributes([KeyValue::new("enduser.id", "ada")]).start(&provider.tracer("doc")));
/// provider.force_flush()?;
/// assert!(exporter.get_finished_spans()?[0].attributes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RedactingSpanProcessor<P> {
    inner: P,
    redaction: Redaction,
}

impl<P: SpanProcessor> RedactingSpanProcessor<P> {
    /// `inner` gets spans after they were changed.
    pub fn new(inner: P, redaction: Redaction) -> Self {
        Self { inner, redaction }
    }
}

impl<P: SpanProcessor> SpanProcessor for RedactingSpanProcessor<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.inner.on_start(span, cx);
    }

    fn on_end(&self, mut span: SpanData) {
        self.redaction.apply(&mut span);
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
