//! What is sent in one request, or in several if it is too large for one.

use opentelemetry_sdk::trace::SpanData;

use super::encoder::OtlpEncoder;

/// Spans that can be sent together, and be parted.
pub(super) trait Part: Sized {
    fn spans(&self) -> usize;

    /// Replaces what the buffer holds by a request with these spans.
    fn encode(&self, encoder: &OtlpEncoder, buffer: &mut Vec<u8>);

    /// Two parts of as many spans each, or nearly so.
    fn halves(self) -> (Self, Self);

    /// The name of the first span.
    fn first_name(&self) -> &str;
}

impl Part for &[SpanData] {
    fn spans(&self) -> usize {
        self.len()
    }

    fn encode(&self, encoder: &OtlpEncoder, buffer: &mut Vec<u8>) {
        encoder.encode(self, buffer);
    }

    fn halves(self) -> (Self, Self) {
        self.split_at(self.len() / 2)
    }

    fn first_name(&self) -> &str {
        self.first().map(|span| span.name.as_ref()).unwrap_or_default()
    }
}
