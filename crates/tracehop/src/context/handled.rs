//! Which messages a process received and processed lately.
//!
//! A retry or a dead letter is often sent after the handler, from another task, with the headers of the message it is about.
//! Nothing is current then that would tell that this context is stale, and which span the new message belongs below. So it is
//! remembered for a while, in a table of fixed size: without a lock, without an allocation for each message, and without any
//! promise. What is not found any more is treated like a context that somebody put there on purpose.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use opentelemetry::trace::SpanId;

use super::process_record::{FoldedSpan, ProcessedBy, SpanWords, halves};
use super::processing::Id;

/// How many messages fit into a set: their keys fill one line of the processor's cache.
const WAYS: usize = 8;

/// 4,096 messages in 168 KB. After 100 other messages one is found in every case, after 1,000 others in 99.9 of 100 cases.
const SETS: usize = 512;

/// What is known of a message that was received lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    Received,
    /// It was received from a source that is not trusted, and not processed.
    Distrusted,
    /// The span of processing it, which may have ended.
    Processed(ProcessedBy),
}

impl Handling {
    /// The span of processing it.
    pub(crate) fn processed(self) -> Option<ProcessedBy> {
        match self {
            Self::Received | Self::Distrusted => None,
            Self::Processed(by) => Some(by),
        }
    }
}

/// The messages that were received lately through one tracer.
#[derive(Default)]
pub(crate) struct Handled {
    table: OnceLock<Table>,
    /// Some message was not trusted.
    has_distrusted: AtomicBool,
}

struct Table {
    /// Ids come from other services, and some draw parts of them alike. So that no two messages are taken for one, by accident
    /// or on purpose, their keys depend on numbers that nobody else knows.
    seeds: [u64; 2],
    sets: Box<[Set]>,
}

impl Table {
    fn new() -> Self {
        let state = RandomState::new();
        Self {
            seeds: [0_u8, 1].map(|number| state.hash_one(number)),
            sets: (0..SETS).map(|_| Set::default()).collect(),
        }
    }

    /// The set of a message and its key in there. `None` if it has no identity.
    #[inline]
    fn place(&self, message: Id) -> Option<(&Set, u64)> {
        let [high, low] = halves(message.trace_id);
        let span = u64::from_be_bytes(message.span_id.to_bytes());
        if span == 0 || (high | low) == 0 {
            return None;
        }
        let [one, other] = self.seeds;
        let sum = stir(stir(high ^ one, low ^ other) ^ span, 0xa076_1d64_78bd_642f);
        // Zero is an empty place, so it is no key.
        let key = sum.max(1);
        let set = usize::try_from(key >> (64 - SETS.ilog2())).unwrap_or(0);
        Some((self.sets.get(set)?, key))
    }
}

impl Handled {
    /// The one that all tracers of the application's global provider share: they are one application's, however many were made.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Handled>> = LazyLock::new(Arc::default);
        Arc::clone(&SHARED)
    }

    /// What is known of a message. `None` if it was not received lately.
    #[inline]
    pub(crate) fn find(&self, message: Id) -> Option<Handling> {
        let (set, key) = self.table.get()?.place(message)?;
        set.find(key)
    }

    /// A message was received. Until it is processed again, what is known of it stays.
    #[inline]
    pub(crate) fn received(&self, message: Id) {
        if let Some((set, key)) = self.table().place(message) {
            let place = set.place_of(key);
            if self.has_distrusted() && set.find(key) == Some(Handling::Distrusted) {
                // Somebody had sent its ids before.
                set.forget(place);
            }
        }
    }

    /// Whether a message is known, and is not one of a source that is not trusted.
    #[cold]
    pub(crate) fn is_ours(&self, message: Id) -> bool {
        let Some((set, key)) = self.table.get().and_then(|table| table.place(message)) else { return false };
        match set.find(key) {
            Some(Handling::Received) => true,
            Some(Handling::Processed(by)) => !by.is_distrusting(),
            Some(Handling::Distrusted) => false,
            None => set.position(key).is_some(),
        }
    }

    /// A message was received from a source that is not trusted. It is known by [its content](super::content::Content), and by
    /// its ids if they are nobody else's.
    #[cold]
    pub(crate) fn distrusted(&self, message: Id) {
        self.has_distrusted.store(true, Ordering::Relaxed);
        if let Some((set, key)) = self.table().place(message)
            && !matches!(set.find(key), Some(Handling::Processed(_)))
        {
            set.insert(key, &FoldedSpan::distrusted());
        }
    }

    /// Whether any message was not trusted.
    #[inline]
    pub(crate) fn has_distrusted(&self) -> bool {
        self.has_distrusted.load(Ordering::Relaxed)
    }

    /// These messages are being processed, by this span.
    #[inline]
    pub(crate) fn processed(&self, messages: &[Id], by: &FoldedSpan) {
        let table = self.table();
        for message in messages {
            if let Some((set, key)) = table.place(*message) {
                set.insert(key, by);
            }
        }
    }

    /// A message is sent with a context that somebody put on it: a row of an outbox, which may be sent again, and whose context
    /// other rows of the same work have too. That this process receives the message does not make them stale.
    #[cold]
    pub(crate) fn sent_row(&self, message: Id) {
        if let Some((set, key)) = self.table().place(message) {
            set.insert(key, &FoldedSpan::row());
        }
    }

    #[inline]
    fn table(&self) -> &Table {
        self.table.get_or_init(Table::new)
    }
}

impl fmt::Debug for Handled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handled").finish_non_exhaustive()
    }
}

/// Stirs two words so that each bit of either matters to all bits.
#[inline]
fn stir(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    ((product >> 64) as u64 ^ product as u64)
}

/// The messages whose keys fall together. The oldest makes room.
#[derive(Default)]
struct Set {
    keys: [AtomicU64; WAYS],
    spans: [SpanWords; WAYS],
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
        match span.load(key) {
            None => Some(Handling::Received),
            Some(by) if by.is_row() => None,
            Some(by) if by.span_id() == SpanId::INVALID => Some(Handling::Distrusted),
            Some(by) => Some(Handling::Processed(by)),
        }
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

    /// Nothing is known any more of the message at this place but that it was received.
    #[cold]
    fn forget(&self, place: usize) {
        if let Some(span) = self.spans.get(place) {
            span.clear();
        }
    }

    #[inline]
    fn insert(&self, key: u64, by: &FoldedSpan) {
        if let Some(span) = self.spans.get(self.place_of(key))
            && !span.is_row(key)
        {
            span.store(key, by);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use opentelemetry::trace::{SpanContext, TraceFlags, TraceId, TraceState};

    use super::*;

    use crate::context::CreationContext;
    use crate::context::process_record::mix;

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

    fn fold(span: &SpanContext) -> FoldedSpan {
        ProcessedBy::from(span).into()
    }

    #[test]
    fn a_message_is_unknown_then_received_then_processed() {
        let handled = Handled::default();
        let order = message(1);
        assert_eq!(handled.find(Id::of(&order)), None);
        handled.received(Id::of(&order));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Received));
        let span = span_of(&order, 1);
        handled.processed(&[Id::of(&order)], &fold(&span));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&span).into())));
        assert_eq!(ProcessedBy::from(&span).span_context(&order), span);
        assert_eq!(handled.find(Id::of(&message(2))), None);
    }

    #[test]
    fn a_redelivery_does_not_forget_the_last_handling_and_the_next_one_takes_its_place() {
        let handled = Handled::default();
        let order = message(1);
        let (first, second) = (span_of(&order, 1), span_of(&order, 2));
        handled.processed(&[Id::of(&order)], &fold(&first));
        handled.received(Id::of(&order));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&first).into())));
        handled.processed(&[Id::of(&order)], &fold(&second));
        assert_eq!(handled.find(Id::of(&order)), Some(Handling::Processed((&second).into())));
    }

    #[test]
    fn a_message_that_was_made_of_a_row_is_not_remembered() {
        let handled = Handled::default();
        let row = message(1);
        handled.sent_row(Id::of(&row));
        handled.received(Id::of(&row));
        handled.processed(&[Id::of(&row)], &fold(&span_of(&row, 1)));
        assert_eq!(handled.find(Id::of(&row)), None);
    }

    #[test]
    fn a_message_without_a_context_is_not_remembered() {
        let handled = Handled::default();
        handled.received(Id::of(&CreationContext::NONE));
        assert_eq!(handled.find(Id::of(&CreationContext::NONE)), None);
    }

    /// How many of 10,000 messages are found when `later` others were processed after each.
    fn found_after(later: u64) -> u64 {
        let handled = Handled::default();
        let mut found = 0;
        for n in 0..10_000 + later {
            let order = message(n);
            handled.received(Id::of(&order));
            handled.processed(&[Id::of(&order)], &fold(&span_of(&order, n)));
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

    /// Ids as some services draw them: the span id of a root is half of its trace id, beside nothing or the time.
    #[test]
    fn messages_whose_ids_are_alike_are_not_taken_for_one_another() {
        let handled = Handled::default();
        for high in [0_u64, 0x6740_a0b0 << 32] {
            let orders = [0x1111_1111_1111_11aa_u64, 0x2222_2222_2222_22bb].map(|low| {
                let trace = TraceId::from(u128::from(high) << 64 | u128::from(low));
                let span = SpanContext::new(trace, low.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
                CreationContext::of_span(&span)
            });
            for order in &orders {
                handled.processed(&[Id::of(order)], &fold(&span_of(order, 1)));
            }
            for order in &orders {
                let expected = Handling::Processed((&span_of(order, 1)).into());
                assert_eq!(handled.find(Id::of(order)), Some(expected));
            }
        }
    }

    #[test]
    fn threads_that_write_at_once_never_make_up_a_span() {
        let handled = Handled::default();
        // Many more than there is room for, so that the threads drive one another out all the time.
        let orders: Vec<_> = (0..20_000).map(message).collect();
        let found = thread::scope(|scope| {
            let workers: Vec<_> = (0..4_u64)
                .map(|worker| {
                    let (handled, orders) = (&handled, &orders);
                    scope.spawn(move || {
                        let mut found = 0;
                        for (n, order) in (0_u64..)
                            .zip(orders)
                            .cycle()
                            .skip(usize::try_from(worker * 5_000).unwrap())
                            .take(100_000)
                        {
                            handled.processed(&[Id::of(order)], &fold(&span_of(order, n)));
                            if let Some(Handling::Processed(by)) = handled.find(Id::of(order)) {
                                assert_eq!(by, (&span_of(order, n)).into());
                                found += 1;
                            }
                        }
                        found
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum::<u32>()
        });
        assert!(found > 100_000, "{found}");
    }
}
