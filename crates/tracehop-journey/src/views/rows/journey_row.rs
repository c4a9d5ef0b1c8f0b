//! The rows of a journey's waterfall, for a page.

use std::time::Duration;

use crate::span_parts::SpanKey;

/// One row of a journey's waterfall: a span, or a message that waits in a queue. [`Journey::rows`](crate::Journey::rows) makes them.
///
/// Texts are as the instrumentation wrote them: whoever shows them must escape them.
#[derive(Clone, Debug)]
pub struct JourneyRow {
    /// What it shows.
    pub kind: RowKind,
    /// How deep it stands below the first span.
    pub depth: usize,
    /// The place of the row that it stands below, if any.
    pub below: Option<usize>,
    /// The place of the span in the journey, for [`Journey::spans`](crate::Journey::spans). Of a wait: the handler's.
    pub span: usize,
    /// The span's identity.
    pub key: SpanKey,
    /// Name of the span, or of the destination where it waited.
    pub label: String,
    /// The service; of a wait: the messaging system.
    pub service: String,
    /// When it starts, from the start of the journey.
    pub start: Duration,
    /// How long it took.
    pub took: Duration,
    /// Whether it determines when the journey ends.
    pub critical: bool,
    /// `error.type`, if it failed.
    pub error: Option<String>,
    /// `error.type` of a failure that was taken care of.
    pub handled_error: Option<String>,
    /// Which try it was, from 1; 0 if it handles no message.
    pub attempt: u32,
    /// How many tries the same message took with the same consumer. If it is more than 1, a page folds all but the last.
    pub attempts: u32,
    /// How many messages the span handled or sent altogether, if it was a batch: the journey shows its own.
    pub batch: usize,
    /// Partition, offset and group of a wait, such as `partition 3 · offset 42 · group billing`.
    pub place: String,
    /// By how much clocks disagree, at least, if they do.
    pub skew: Duration,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum RowKind {
    /// Made or sent a message.
    Send,
    /// The message waited.
    Wait,
    /// Handled it.
    Process,
    /// Asked the broker for messages.
    Receive,
    /// Told the broker what became of it.
    Settle,
    /// Any other span.
    Other,
}
