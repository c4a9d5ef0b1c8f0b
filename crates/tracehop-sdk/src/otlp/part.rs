//! What is sent in one request, or in several if it is too large for one.

use opentelemetry_sdk::trace::SpanData;

use super::encoder::OtlpEncoder;

/// Items - spans, records of a log, data points - that are sent together, and may be parted.
pub(super) trait Part: Sized {
    fn items(&self) -> usize;

    /// Replaces what the buffer holds by a request with these items.
    fn encode(&self, buffer: &mut Vec<u8>);

    /// Whether there are two halves.
    fn can_be_halved(&self) -> bool {
        self.items() > 1
    }

    /// Two parts of as many items each, or nearly so.
    fn halves(self) -> (Self, Self);

    /// The name of the first item.
    fn first_name(&self) -> &str;
}

/// Spans as they are, and what encodes them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans<'a> {
    pub(super) encoder: &'a OtlpEncoder,
    pub(super) all: &'a [SpanData],
}

impl Part for Spans<'_> {
    fn items(&self) -> usize {
        self.all.len()
    }

    fn encode(&self, buffer: &mut Vec<u8>) {
        self.encoder.encode(self.all, buffer);
    }

    fn halves(self) -> (Self, Self) {
        let (first, second) = self.all.split_at(self.all.len() / 2);
        (Self { all: first, ..self }, Self { all: second, ..self })
    }

    fn first_name(&self) -> &str {
        self.all.first().map(|span| span.name.as_ref()).unwrap_or_default()
    }
}
