//! The choice of what a repeated `traceparent` means.

/// What a message with several `traceparent` headers means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeats {
    /// The last valid one counts. Kafka's headers are append-only, so messages that were re-published by careless
    /// clients really carry several, the newest last.
    #[default]
    LastWins,
    /// None counts, as W3C Trace Context asks of HTTP.
    Reject,
}
