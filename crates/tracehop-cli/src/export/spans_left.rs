//! Spans in portions.

use tracehop_journey::JourneySpan;

/// How many spans one request holds, and how much they may take in memory. As OTLP they take about as much.
const MAX_SPANS: usize = 2_000;
const MAX_BYTES: usize = 4 * 1_024 * 1_024;

/// Spans that are yet to be sent, in portions that no server refuses for their size.
#[derive(Debug)]
pub(super) struct SpansLeft<'a>(pub(super) &'a [JourneySpan]);

impl<'a> Iterator for SpansLeft<'a> {
    type Item = &'a [JourneySpan];

    fn next(&mut self) -> Option<&'a [JourneySpan]> {
        let mut bytes = 0_usize;
        let fits = |span: &&JourneySpan| {
            bytes += span.bytes();
            bytes <= MAX_BYTES
        };
        // One span takes far less.
        let count = self.0.iter().take(MAX_SPANS).take_while(fits).count().max(1);
        let (portion, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(portion)
    }
}
