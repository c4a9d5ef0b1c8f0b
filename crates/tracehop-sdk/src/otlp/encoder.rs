use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::encode::{EncodedResource, ScopeSpans, encode_request, put_together};

/// Turns spans into the bytes of an OTLP `ExportTraceServiceRequest`.
///
/// It is for whoever has a use for such bytes: a file, or a queue that the OpenTelemetry Collector reads from. The bytes are the same that `opentelemetry-otlp` sends for these spans,
/// but they are written straight from [`SpanData`], with the resource encoded once for all batches.
///
/// # Example
///
/// ```
/// use opentelemetry_sdk::Resource;
/// use tracehop_sdk::OtlpEncoder;
///
/// let encoder = OtlpEncoder::new(&Resource::builder().with_service_name("shop").build());
/// let mut buffer = Vec::new();
/// encoder.encode(&[], &mut buffer);
/// assert!(buffer.windows(4).any(|text| text == b"shop"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct OtlpEncoder {
    resource: EncodedResource,
}

impl OtlpEncoder {
    /// Encodes the resource, which all spans will be said to be of.
    pub fn new(resource: &Resource) -> Self {
        Self { resource: EncodedResource::new(resource) }
    }

    /// Replaces what the buffer holds by a request with these spans. A buffer that is used again and again is not allocated
    /// again.
    pub fn encode(&self, spans: &[SpanData], buffer: &mut Vec<u8>) {
        buffer.clear();
        encode_request(spans, &self.resource, buffer);
    }
    /// The same of spans that are encoded already.
    pub(super) fn put_together<'a>(
        &self,
        spans: impl ExactSizeIterator<Item = ScopeSpans<'a>> + Clone,
        buffer: &mut Vec<u8>,
    ) {
        buffer.clear();
        put_together(spans, &self.resource, buffer);
    }
}
