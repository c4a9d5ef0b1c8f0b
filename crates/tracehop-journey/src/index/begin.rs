//! Where journeys begin.

use crate::span_parts::SpanKey;

/// Where the journey of a span begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// At one span.
    At(Place),
    /// At each of the messages of this batch.
    Batch(SpanKey),
    /// It is so entangled with others, by batches of batches, that all of them begin here.
    Tangled(SpanKey),
}

/// Where a span belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) origin: SpanKey,
    /// Whether it is a handler, or came of one.
    pub(super) below_message: bool,
    /// Whether it is a batch, or belongs to all messages of one.
    pub(super) in_batch: bool,
}
