//! The span in which one message was processed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use super::CreationContext;
use crate::codec::traceparent::KNOWN_FLAGS;

/// A span in which a message was processed. It may have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcessedBy {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
}

impl ProcessedBy {
    pub(crate) fn is_sampled(self) -> bool {
        self.flags.is_sampled()
    }

    pub(crate) fn span_id(self) -> SpanId {
        self.span_id
    }

    /// Whether the message's source was not trusted with more than a link, if with that.
    pub(crate) fn is_distrusting(self) -> bool {
        self.flags & DISTRUSTING == DISTRUSTING
    }

    /// The span as a parent. Its `tracestate` is that of the message, if it is in the message's trace.
    pub(crate) fn span_context(self, message: &CreationContext) -> SpanContext {
        let state = if self.trace_id == message.trace_id() {
            message.span_context().trace_state().clone()
        } else {
            TraceState::NONE
        };
        SpanContext::new(self.trace_id, self.span_id, self.flags & KNOWN_FLAGS, false, state)
    }
}

/// A flag of a span that processed a message of a source that is not trusted: a bit that W3C Trace Context does not define,
/// and that does not leave this crate.
const DISTRUSTING: TraceFlags = TraceFlags::new(0x40);

impl From<&SpanContext> for ProcessedBy {
    #[inline]
    fn from(span: &SpanContext) -> Self {
        Self { trace_id: span.trace_id(), span_id: span.span_id(), flags: span.trace_flags() }
    }
}

/// Remembers the span in which one message was processed, for what is done about the message afterwards.
///
/// Each [`Received`](crate::Received) message has one. A message that settles itself, as those of some adapters do, has one of
/// its own, and gives it out as [`Inbound::process_record`](crate::Inbound::process_record): then its settlements are below
/// that span, whatever else was processed meanwhile. It is 32 bytes, and takes no lock. A clone knows what is known by then.
#[derive(Default)]
pub struct ProcessRecord(SpanWords);

impl ProcessRecord {
    /// Nothing was processed yet.
    pub fn new() -> Self {
        Self::default()
    }

    #[inline]
    pub(crate) fn set(&self, by: &FoldedSpan) {
        self.0.store(0, by);
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<ProcessedBy> {
        self.0.load(0)
    }
}

impl Clone for ProcessRecord {
    fn clone(&self) -> Self {
        let clone = Self::new();
        if let Some(by) = self.get() {
            clone.set(&by.into());
        }
        clone
    }
}

impl fmt::Debug for ProcessRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessRecord").field(&self.get()).finish()
    }
}

/// A span in four words, of which the last proves that all are of one message: they are written one by one, and another thread
/// may read or write between them.
#[derive(Default)]
pub(super) struct SpanWords([AtomicU64; 4]);

impl SpanWords {
    #[inline]
    pub(super) fn store(&self, key: u64, by: &FoldedSpan) {
        let [high, low, span] = by.ids;
        for (word, value) in self.0.iter().zip([high, low, span, by.seal(key)]) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// No span.
    pub(super) fn clear(&self) {
        for word in &self.0 {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the message of this key was made of a row. Nearly always one word is enough to say no.
    #[inline]
    pub(super) fn is_row(&self, key: u64) -> bool {
        let [_, _, span, _] = &self.0;
        span.load(Ordering::Relaxed) == u64::MAX && self.load(key).is_some_and(ProcessedBy::is_row)
    }

    /// `None` if it is not the span of the message of this key, or not whole.
    #[inline]
    pub(super) fn load(&self, key: u64) -> Option<ProcessedBy> {
        let [high, low, span, sealed] = self.0.each_ref().map(|word| word.load(Ordering::Relaxed));
        let [flags, ..] = sealed.to_le_bytes();
        let trace = u128::from(high) << 64 | u128::from(low);
        (sealed == FoldedSpan::new([high, low, span], flags).seal(key)).then_some(ProcessedBy {
            trace_id: TraceId::from_bytes(trace.to_be_bytes()),
            span_id: SpanId::from_bytes(span.to_be_bytes()),
            flags: TraceFlags::new(flags),
        })
    }
}

/// A span as it is remembered, before it is sealed with the key of a message: it may be that of many messages.
pub(crate) struct FoldedSpan {
    ids: [u64; 3],
    flags: u8,
    sum: u64,
}

impl FoldedSpan {
    #[inline]
    fn new(ids: [u64; 3], flags: u8) -> Self {
        let [high, low, span] = ids;
        let sum = high.rotate_left(13) ^ low.rotate_left(27) ^ span.rotate_left(41) ^ u64::from(flags);
        Self { ids, flags, sum }
    }

    /// The flags, and a check of everything else. It is never zero, as an empty place is.
    #[inline]
    fn seal(&self, key: u64) -> u64 {
        mix(key ^ self.sum) & !0xff | u64::from(self.flags) | 0x100
    }
}

impl FoldedSpan {
    /// The same for a message whose source is not trusted.
    pub(crate) fn distrusting(self) -> Self {
        Self::new(self.ids, self.flags | DISTRUSTING.to_u8())
    }

    /// No span: a message was received from a source that is not trusted.
    pub(super) fn distrusted() -> Self {
        Self::new([0; 3], DISTRUSTING.to_u8())
    }

    /// No span: the message was made of a row, so that its context is the row's own.
    pub(super) fn row() -> Self {
        Self::new([u64::MAX; 3], u8::MAX)
    }
}

impl ProcessedBy {
    /// Whether it stands for a row.
    pub(super) fn is_row(self) -> bool {
        u64::from_be_bytes(self.span_id.to_bytes()) == u64::MAX && self.flags.to_u8() == u8::MAX
    }
}

impl From<ProcessedBy> for FoldedSpan {
    #[inline]
    fn from(by: ProcessedBy) -> Self {
        let [high, low] = halves(by.trace_id);
        Self::new([high, low, u64::from_be_bytes(by.span_id.to_bytes())], by.flags.to_u8())
    }
}

#[inline]
pub(super) const fn mix(word: u64) -> u64 {
    word.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
pub(super) fn halves(trace: TraceId) -> [u64; 2] {
    let id = u128::from_be_bytes(trace.to_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    [(id >> 64) as u64, id as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(trace: u128, span: u64) -> ProcessedBy {
        let flags = TraceFlags::SAMPLED;
        ProcessedBy { trace_id: trace.into(), span_id: span.into(), flags }
    }

    #[test]
    fn what_is_stored_is_read_by_its_own_key_alone() {
        let words = SpanWords::default();
        assert_eq!(words.load(7), None);
        words.store(7, &by(1 << 70 | 3, 5).into());
        assert_eq!(words.load(7), Some(by(1 << 70 | 3, 5)));
        assert_eq!(words.load(8), None);
        let unsampled = ProcessedBy { flags: TraceFlags::NOT_SAMPLED, ..by(3, 5) };
        words.store(0, &unsampled.into());
        assert_eq!(words.load(0), Some(unsampled));
    }

    #[test]
    fn words_of_two_spans_are_none() {
        let (one, other) = (by(0x1111 << 64 | 0x2222, 0x3333), by(0x4444 << 64 | 0x5555, 0x6666));
        for torn in 0..4 {
            let (words, later) = (SpanWords::default(), SpanWords::default());
            words.store(7, &one.into());
            later.store(7, &other.into());
            // Another thread has written one of the words.
            words.0[torn].store(later.0[torn].load(Ordering::Relaxed), Ordering::Relaxed);
            assert_eq!(words.load(7), None, "word {torn}");
        }
    }

    #[test]
    fn a_record_keeps_the_last_span_and_its_clone_what_was_known() {
        let record = ProcessRecord::new();
        assert_eq!(record.get(), None);
        record.set(&by(1, 2).into());
        let clone = record.clone();
        record.set(&by(3, 4).into());
        assert_eq!((record.get(), clone.get()), (Some(by(3, 4)), Some(by(1, 2))));
    }
}
