use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::counters::OtlpCounters;
use super::delivery::{Delivery, Loss};
use super::encoded_part::EncodedPart;
use super::encoded_spans::EncodedSpans;
use super::encoder::OtlpEncoder;
use super::part::{Part, Spans};

/// Sends spans to whatever speaks OTLP: a collector, or a tracing backend.
///
/// It sends the bytes that `opentelemetry-otlp` sends, but writes them straight from [`SpanData`], into a buffer that is used
/// again. That is about a tenth of the work.
///
/// - It exports on the thread that calls [`export`](SpanExporter::export), and blocks it until the batch is delivered or given
///   up. Use it with a processor that has a thread of its own, as the SDK's `BatchSpanProcessor`; no span waits then. In a
///   [`ChunkSpanProcessor`](crate::ChunkSpanProcessor) it costs least, because spans are encoded on the thread that ends them.
/// - It sends again what OTLP calls retryable, with longer and longer waits, or after the time that the server asks for. A
///   request may arrive twice, if its answer was lost.
/// - All attempts at one batch take no longer than the timeout: ten seconds, if it is not set. What is not delivered by then
///   is lost.
/// - A batch that is too large is split. A span that is too large by itself is dropped, with a warning that names it. If the server
///   refuses eight single spans of a batch and has accepted nothing of it, the rest of the batch is not sent.
/// - A panic of the transport is caught. The spans of its request are lost.
/// - What became of every span is counted: see [`counters`](Self::counters).
///
/// Headers are never part of an error, a warning or of its `Debug` output.
///
/// # Example
///
/// With `features = ["otlp-http"]`:
///
#[cfg_attr(feature = "otlp-http", doc = "```")]
#[cfg_attr(not(feature = "otlp-http"), doc = "```ignore")]
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tracehop_sdk::OtlpExporter;
///
/// # fn main() -> Result<(), tracehop_sdk::OtlpConfigError> {
/// let exporter = OtlpExporter::builder().env().header("x-tenant", "shop").build()?;
/// let counters = exporter.counters();
/// let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
/// // ... and now and then, or at the end:
/// assert_eq!(counters.lost(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OtlpExporter {
    delivery: Delivery,
    encoder: OtlpEncoder,
}

impl OtlpExporter {
    pub(super) fn new(delivery: Delivery) -> Self {
        Self { delivery, encoder: OtlpEncoder::default() }
    }

    /// What became of the spans. The handle stays valid when the exporter is gone.
    pub fn counters(&self) -> OtlpCounters {
        self.delivery.counters.clone()
    }

    /// Exports spans that were encoded where they ended.
    pub(crate) fn export_encoded(&self, batch: &[EncodedSpans]) -> Result<(), Vec<Loss>> {
        self.deliver(EncodedPart::new(&self.encoder, batch))
    }

    fn deliver(&self, batch: impl Part) -> Result<(), Vec<Loss>> {
        self.delivery.deliver(batch)
    }
}

impl SpanExporter for OtlpExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut losses =
            self.deliver(Spans { encoder: &self.encoder, all: &batch }).err().unwrap_or_default();
        losses.pop().map_or(Ok(()), |loss| Err(loss.error))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.delivery.stop.set() { Ok(()) } else { Err(OTelSdkError::AlreadyShutdown) }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.encoder = OtlpEncoder::new(resource);
    }
}
