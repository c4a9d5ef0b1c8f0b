//! Which messages a process received and processed lately.
//!
//! A retry or a dead letter is often sent after the handler, from another task, with the headers of the message it is about.
//! Nothing is current then that would tell that this context is stale, and which span the new message belongs below. So it is
//! remembered for a while, in a table of fixed size: without a lock, without an allocation for each message, and without any
//! promise. What is not found any more is treated like a context that somebody put there on purpose.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

use super::CreationContext;
use super::processing::Id;

/// How many messages fit into a set: their keys fill one line of the processor's cache.
const WAYS: usize = 8;

/// 4,096 messages in 168 KB. After 100 other messages one is found in every case, after 1,000 others in 99.9 of 100 cases.
const SETS: usize = 512;

/// What is known of a message that was received lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    Received,
    /// The span of processing it, which may have ended.
    Processed(ProcessedBy),
}

impl Handling {
    /// The span of processing it.
    pub(crate) fn processed(self) -> Option<ProcessedBy> {
        match self {
            Self::Received => None,
            Self::Processed(by) => Some(by),
        }
    }
}

/// The span in which a message was processed.
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

    pub(crate) fn is_in(self, trace: TraceId) -> bool {
        self.trace_id == trace
    }

    /// The span as a parent. Its `tracestate` is that of the message, if it is in the message's trace.
    pub(crate) fn span_context(self, message: &CreationContext) -> SpanContext {
        let state = if self.trace_id == message.trace_id() {
            message.span_context().trace_state().clone()
        } else {
            TraceState::NONE
        };
        SpanContext::new(self.trace_id, self.span_id, self.flags, false, state)
    }
}

impl From<&SpanContext> for ProcessedBy {
    fn from(span: &SpanContext) -> Self {
        Self { trace_id: span.trace_id(), span_id: span.span_id(), flags: span.trace_flags() }
    }
}

/// The messages that were received lately through one tracer.
#[derive(Default)]
pub(crate) struct Handled(OnceLock<Box<[Set]>>);

impl Handled {
    /// The one that all tracers of the application's global provider share: they are one application's, however many were made.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Handled>> = LazyLock::new(Arc::default);
        Arc::clone(&SHARED)
    }

    /// What is known of a message. `None` if it was not received lately.
    #[inline]
    pub(crate) fn find(&self, message: Id) -> Option<Handling> {
        let sets = self.0.get()?;
        let key = key(message)?;
        sets.get(set_of(key))?.find(key)
    }

    /// A message was received. Until it is processed again, what is known of it stays.
    #[inline]
    pub(crate) fn received(&self, message: Id) {
        if let Some((set, key)) = self.place(message) {
            set.place_of(key);
        }
    }

    /// A message is being processed, by this span.
    #[inline]
    pub(crate) fn processed(&self, message: Id, by: &SpanContext) {
        if by.is_valid()
            && let Some((set, key)) = self.place(message)
        {
            set.insert(key, by.into());
        }
    }

    #[inline]
    fn place(&self, message: Id) -> Option<(&Set, u64)> {
        let key = key(message)?;
        let sets = self.0.get_or_init(|| (0..SETS).map(|_| Set::default()).collect());
        Some((sets.get(set_of(key))?, key))
    }
}

impl fmt::Debug for Handled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handled").finish_non_exhaustive()
    }
}

/// The identity of a message, folded. Zero is an empty place, so it is no key. Some tracers give the first span of a trace
/// the lower half of the trace's id as its own, so the two must not cancel each other out.
#[inline]
fn key(message: Id) -> Option<u64> {
    let [high, low] = halves(message.trace_id);
    let span = u64::from_be_bytes(message.span_id.to_bytes());
    let key = span ^ mix(high.rotate_left(32) ^ low);
    (key != 0 && span != 0).then_some(key)
}

#[inline]
fn set_of(key: u64) -> usize {
    usize::try_from(mix(key) >> (64 - SETS.ilog2())).unwrap_or(0)
}

#[inline]
const fn mix(word: u64) -> u64 {
    word.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn halves(trace: TraceId) -> [u64; 2] {
    let id = u128::from_be_bytes(trace.to_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    [(id >> 64) as u64, id as u64]
}

/// The messages whose keys fall together. The eldest gives way.
#[derive(Default)]
struct Set {
    keys: [AtomicU64; WAYS],
    spans: [Span; WAYS],
    next: AtomicU8,
}

impl Set {
    #[inline]
    fn position(&self, key: u64) -> Option<usize> {
        self.keys.iter().position(|each| each.load(Ordering::Relaxed) == key)
    }

    #[inline]
    fn find(&self, key: u64) -> Option<Handling> {
        let span = self.spans.get(self.position(key)?)?;
        Some(span.load(key).map_or(Handling::Received, Handling::Processed))
    }

    /// The place of a message, which is made if it has none. The span that stands there is of another message then, and fails
    /// its check.
    #[inline]
    fn place_of(&self, key: u64) -> usize {
        self.position(key).unwrap_or_else(|| {
            // If two threads take the same place one message is forgotten early.
            let next = self.next.load(Ordering::Relaxed);
            self.next.store(next.wrapping_add(1), Ordering::Relaxed);
            let place = usize::from(next) % WAYS;
            if let Some(slot) = self.keys.get(place) {
                slot.store(key, Ordering::Relaxed);
            }
            place
        })
    }

    #[inline]
    fn insert(&self, key: u64, by: ProcessedBy) {
        if let Some(span) = self.spans.get(self.place_of(key)) {
            span.store(key, by);
        }
    }
}

/// A span in four words, of which the last proves that all are of one message: they are written one by one, and another thread
/// may read or write between them.
#[derive(Default)]
struct Span([AtomicU64; 4]);

impl Span {
    #[inline]
    fn store(&self, key: u64, by: ProcessedBy) {
        let [high, low] = halves(by.trace_id);
        let words = [high, low, u64::from_be_bytes(by.span_id.to_bytes())];
        let seal = seal(key, words, by.flags.to_u8());
        for (word, value) in self.0.iter().zip(words.into_iter().chain([seal])) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// `None` if it is not this message's span, or not whole.
    #[inline]
    fn load(&self, key: u64) -> Option<ProcessedBy> {
        let [high, low, span, sealed] = self.0.each_ref().map(|word| word.load(Ordering::Relaxed));
        let [flags, ..] = sealed.to_le_bytes();
        let trace = u128::from(high) << 64 | u128::from(low);
        (sealed == seal(key, [high, low, span], flags)).then_some(ProcessedBy {
            trace_id: TraceId::from_bytes(trace.to_be_bytes()),
            span_id: SpanId::from_bytes(span.to_be_bytes()),
            flags: TraceFlags::new(flags),
        })
    }
}

/// The flags, and a check of everything else. It is never zero, as an empty place is.
#[inline]
fn seal(key: u64, [high, low, span]: [u64; 3], flags: u8) -> u64 {
    let sum = key ^ high.rotate_left(13) ^ low.rotate_left(27) ^ span.rotate_left(41) ^ u64::from(flags);
    mix(mix(sum) ^ sum >> 32) & !0xff | u64::from(flags) | 0x100
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// The nth of many messages, whose ids are as if drawn.
    fn message(n: u64) -> CreationContext {
        let draw = |salt: u64| {
            let word = mix(n.wrapping_add(salt).wrapping_mul(0xd129_0f3b_4c5a_7e11));
            mix(word ^ word >> 29) | 1
        };
        let trace = u128::from(draw(1 << 40)) << 64 | u128::from(draw(2 << 40));
        let (trace, span) =
            (TraceId::from_bytes(trace.to_be_bytes()), SpanId::from_bytes(draw(3 << 40).to_be_bytes()));
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        CreationContext::of_span(&span)
    }

    fn span_of(creation: &CreationContext, n: u64) -> SpanContext {
        let span = SpanId::from_bytes((n + 1).to_be_bytes());
        SpanContext::new(creation.trace_id(), span, TraceFlags::SAMPLED, false, TraceState::NONE)
    }

    #[test]
    fn a_message_is_unknown_then_received_then_processed() {
        let handled = Handled::default();
        let order = message(1);
        assert_eq!(handled.find(Id::of(&order)), None);
        handled.received(Id::of(&order));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Received));
        let span = span_of(&order, 1);
        handled.processed(Id::of(&order), &span);
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&span).into())));
        assert_eq!(ProcessedBy::from(&span).span_context(&order), span);
        assert_eq!(handled.find(Id::of(&message(2))), None);
    }

    #[test]
    fn a_redelivery_does_not_forget_the_last_handling_and_the_next_one_takes_its_place() {
        let handled = Handled::default();
        let order = message(1);
        let (first, second) = (span_of(&order, 1), span_of(&order, 2));
        handled.processed(Id::of(&order), &first);
        handled.received(Id::of(&order));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&first).into())));
        handled.processed(Id::of(&order), &second);
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&second).into())));
    }

    #[test]
    fn a_message_without_a_context_and_a_span_that_is_none_are_not_remembered() {
        let handled = Handled::default();
        handled.received(Id::of(&CreationContext::NONE));
        handled.processed(Id::of(&message(1)), &SpanContext::NONE);
        assert_eq!(handled.find(Id::of(&CreationContext::NONE)), None);
        assert_eq!(handled.find(Id::of(&message(1))), None);
    }

    /// How many of 10,000 messages are found when `later` others were processed after each.
    fn found_after(later: u64) -> u64 {
        let handled = Handled::default();
        let mut found = 0;
        for n in 0..10_000 + later {
            let order = message(n);
            handled.received(Id::of(&order));
            handled.processed(Id::of(&order), &span_of(&order, n));
            if let Some(early) = n.checked_sub(later) {
                let order = message(early);
                let expected = Handling::Processed((&span_of(&order, early)).into());
                found += u64::from(handled.find(Id::of(&order)) == Some(expected));
            }
        }
        found
    }

    #[test]
    fn what_was_handled_lately_is_found() {
        assert_eq!(found_after(0), 10_000);
        assert_eq!(found_after(100), 10_000);
        assert!(found_after(1_000) >= 9_980, "{}", found_after(1_000));
        // It is a table of fixed size.
        assert!(found_after(50_000) < 100);
    }

    #[test]
    fn messages_whose_span_id_repeats_the_trace_id_are_told_apart() {
        // As Datadog's tracers make them: the upper half is the second in which the trace began.
        for high in [0_u64, 0x6925_4f00_0000_0000] {
            let handled = Handled::default();
            let repeats = |n: u64| {
                let low = message(n).span_id();
                let trace = u128::from(high) << 64 | u128::from(u64::from_be_bytes(low.to_bytes()));
                let trace = TraceId::from_bytes(trace.to_be_bytes());
                let span = SpanContext::new(trace, low, TraceFlags::SAMPLED, true, TraceState::NONE);
                CreationContext::of_span(&span)
            };
            for n in 0..100 {
                let order = repeats(n);
                handled.processed(Id::of(&order), &span_of(&order, n));
            }
            for n in 0..100 {
                let expected = Handling::Processed((&span_of(&repeats(n), n)).into());
                assert_eq!(handled.find(Id::of(&repeats(n))), Some(expected));
            }
        }
    }

    #[test]
    fn threads_that_write_at_once_never_make_up_a_span() {
        let handled = Handled::default();
        // Few enough sets are hit that the threads meet all the time.
        let orders: Vec<_> = (0..64).map(message).collect();
        thread::scope(|scope| {
            for worker in 0..4 {
                let (handled, orders) = (&handled, &orders);
                scope.spawn(move || {
                    for round in 0..2_000 {
                        for order in orders {
                            handled.processed(Id::of(order), &span_of(order, worker * 10_000 + round));
                            if let Some(Handling::Processed(by)) = handled.find(Id::of(order)) {
                                assert_eq!(by.trace_id, order.trace_id());
                            }
                        }
                    }
                });
            }
        });
    }
}
