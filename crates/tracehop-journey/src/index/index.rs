//! Spans as they come → journeys, within bounds of memory.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::bounds::Bounds;
use super::dropped::Dropped;
use super::pending::Pending;
use super::refs::Refs;
use super::rows::Rows;
use super::slots::{SLOT_BYTES, Slot, Slots};
use super::sources::Sources;
use super::traces::{self, Traces};
use crate::cause::Cause;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// Finished spans as they come, within [`Bounds`] of bytes and age, and the journeys that they make.
///
/// A journey is *walked from one message*: back along what each span came of, to where it begins, and from there forward along
/// what came of each span. So a consumer loop or a batch that touches a thousand messages is no journey of a thousand messages:
/// each of them has its own, and the batch is a part of all.
///
/// - A handler came of its message, by the parent, the link or both. What was merely active around it does not count.
/// - A batch came of each of its messages. What a batch handler does, and names one of the messages in a link, came of that
///   message. What names none came of all, and each journey shows at most 128 spans of it, fewer if they have many links; but a
///   message that names none begins a journey of its own, below the batch: batches of batches make no journey of everything.
/// - A send without a context of its own, as that of an outbox relay, came of the message that its link names.
/// - Any other span came of its parent. Without a parent it came of its links.
/// - A span that no message led to, and that makes more than 32 messages, is a job over messages: each of these begins a journey
///   of its own, below the job's span.
/// - What stands below a span that is missing in the middle of a trace belongs to the root of this trace.
///
/// A journey has at most 20,000 spans; what goes beyond is counted.
///
/// Taking in a span takes constant time, apart from the spans that name it. [`refresh`](Self::refresh) then brings up to date
/// what is known of the journeys that changed since. Ids are made up by anybody: cycles, repeated ids and thousands of spans under
/// one id cost bounded time and memory.
///
/// ```
/// use std::time::SystemTime;
/// use tracehop_journey::{Bounds, Index, JourneySpan, Source, SpanParts};
///
/// let mut index = Index::new(Bounds::default());
/// let parts = SpanParts { key: (1.into(), 1.into()), name: "place order".into(), ..SpanParts::default() };
/// let span = JourneySpan::new(parts, Source::of_service("checkout")).unwrap();
/// index.insert(span, SystemTime::now());
///
/// let changed = index.refresh();
/// assert_eq!(changed.len(), 1);
/// assert_eq!(&*index.summaries().next().unwrap().name, "place order");
/// ```
pub struct Index {
    pub(super) bounds: Bounds,
    pub(super) slots: Slots,
    pub(super) refs: Refs,
    pub(super) traces: Traces,
    sources: Sources,
    pub(super) rows: Rows,
    /// Spans whose journeys may be others now.
    pub(super) changed: Pending,
    /// Journeys that are others now, or no more.
    pub(super) stale: Pending,
    /// What spans take, without what knows them by others.
    bytes: usize,
    dropped: Dropped,
}

impl Index {
    /// An empty one.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            slots: Slots::default(),
            refs: Refs::default(),
            traces: Traces::default(),
            sources: Sources::default(),
            rows: Rows::default(),
            changed: Pending::default(),
            stale: Pending::default(),
            bytes: 0,
            dropped: Dropped::default(),
        }
    }

    /// Names the attributes whose values are kept for each journey, such as `user.id`. They are looked for in spans and in resources,
    /// under exactly these names: tracehop's `baggage_attributes` brings entries of baggage into spans under their own.
    pub fn with_tags<K: Into<Arc<str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.rows.tags = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Takes in a span that arrived now, by the caller's clock: spans leave in the order in which they came. Returns `false` if a span of the same identity is there.
    ///
    /// Older spans leave if there are too many.
    pub fn insert(&mut self, span: JourneySpan, now: SystemTime) -> bool {
        let key = span.key();
        if self.slots.has(key) {
            self.dropped.repeated += 1;
            return false;
        }
        let (source, source_bytes) = self.sources.add(Arc::clone(span.source()));
        let span = Arc::new(span.with_source(source));
        let mut bytes = span.bytes() + SLOT_BYTES;
        let number = self.slots.next_number();
        let cause = Cause::of(&self.slots, &span);
        bytes += size_of_val(cause.keys());
        // What stood in for it, or is not the earliest any longer.
        self.changed.extend(self.traces.root_of_gap(key).or_else(|| self.traces.root(key.0)));
        // What links to something came of it, and is no root of what is missing.
        let is_root = span.parent().is_none() && span.links().is_empty();
        if self.traces.add(key, is_root.then(|| span.started())) {
            self.bytes += traces::ENTRY_BYTES;
        }
        self.slots.push(Slot { span: Arc::clone(&span), cause, begin: None, arrived: now, bytes });
        self.bytes += bytes + source_bytes;
        let is_message = span.role().is_some_and(Role::is_producer);
        if let Some(parent) = span.parent() {
            self.add_ref(parent, number, is_message);
            if !self.slots.has(parent) {
                self.traces.add_gap(parent);
                self.changed.insert(parent);
            }
        }
        for &link in span.links() {
            self.add_ref(link, number, false);
        }
        self.changed.insert(key);
        if self.refs.is_job(key) {
            let messages = self.refs.of(key).filter_map(|number| self.slots.at(number));
            self.changed.extend(messages.map(|slot| slot.span.key()));
        }
        self.reconsider(key);
        if is_root {
            let gaps = self.traces.gaps_of_root(key);
            self.changed.extend(gaps.iter().map(|&gap| (key.0, gap)));
        }
        self.make_room();
        true
    }

    /// Lets go what arrived too long ago. An index that takes in nothing more needs it, to forget.
    pub fn expire(&mut self, now: SystemTime) {
        let age = self.bounds.age();
        let is_old = |slot: &Slot| now.duration_since(slot.arrived).is_ok_and(|since| since > age);
        while self.slots.oldest().is_some_and(is_old) && self.pop() {
            self.dropped.too_old += 1;
        }
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the spans and what is known of their journeys take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes + self.refs.bytes() + self.rows.bytes
    }

    /// What was not kept.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// A span.
    pub fn span(&self, key: SpanKey) -> Option<&Arc<JourneySpan>> {
        self.slots.get(key).map(|slot| &slot.span)
    }

    /// All spans, in the order in which they came.
    pub fn spans(&self) -> impl Iterator<Item = &Arc<JourneySpan>> {
        self.slots.iter().map(|slot| &slot.span)
    }

    /// The spans that link to this one, in the order in which they came. It need not be here.
    pub fn links_in(&self, key: SpanKey) -> impl Iterator<Item = &Arc<JourneySpan>> {
        let spans = self.refs.of(key).filter_map(|number| self.slots.at(number)).map(|slot| &slot.span);
        spans.filter(move |span| span.links().contains(&key))
    }

    /// Forgets all spans, without counting them as dropped.
    pub fn clear(&mut self) {
        let tags = std::mem::take(&mut self.rows.tags);
        *self = Self { dropped: self.dropped, ..Self::new(self.bounds) };
        self.rows.tags = tags;
    }

    fn add_ref(&mut self, named: SpanKey, number: u64, is_message: bool) {
        if self.refs.add(named, number, is_message) {
            self.changed.insert(named);
            let messages = self.refs.of(named).filter_map(|number| self.slots.at(number));
            self.changed.extend(messages.map(|slot| slot.span.key()));
        }
    }

    /// Looks again at what the spans that name this one came of: now it is here.
    fn reconsider(&mut self, key: SpanKey) {
        let mut others = Vec::new();
        for number in self.refs.of(key) {
            let Some(slot) = self.slots.at(number) else { continue };
            let cause = Cause::of(&self.slots, &slot.span);
            // A batch of which no message was known began something itself.
            if cause != slot.cause || matches!(cause, Cause::Many(_)) {
                others.push((number, cause));
            }
        }
        for (number, cause) in others {
            if let Some(slot) = self.slots.at_mut(number) {
                // It leaves one journey for another.
                self.changed.extend(slot.cause.keys().iter().copied());
                slot.cause = cause;
                self.changed.insert(slot.span.key());
            }
        }
    }

    pub(super) fn make_room(&mut self) {
        while (self.bytes() > self.bounds.bytes() || self.slots.len() > self.bounds.spans()) && self.pop() {
            self.dropped.too_many += 1;
        }
    }

    /// Forgets the oldest span.
    fn pop(&mut self) -> bool {
        let Some((number, slot)) = self.slots.pop() else { return false };
        let key = slot.span.key();
        self.bytes -= slot.bytes;
        let named = slot.span.parent().into_iter().chain(slot.span.links().iter().copied());
        for named in named {
            self.refs.remove(named, number);
        }
        self.bytes -= self.sources.remove(slot.span.source());
        let gaps: Vec<SpanKey> = self.traces.gaps_of_root(key).iter().map(|&gap| (key.0, gap)).collect();
        if self.traces.remove(key) {
            self.bytes -= traces::ENTRY_BYTES;
        } else if self.refs.names(key) {
            self.traces.add_gap(key);
        }
        // What came of it begins with it now, or with itself; what stood below it for want of another place, too.
        let followers = self.refs.of(key).filter_map(|number| self.slots.at(number));
        for slot in followers {
            self.changed.insert(slot.span.key());
            if let Cause::Many(messages) = &slot.cause {
                self.changed.extend(messages.iter().copied());
            }
        }
        self.changed.extend(gaps);
        // Where it belonged is known while what it came of is.
        self.changed.insert(key);
        self.changed.extend(slot.cause.keys().iter().copied());
        self.rows.forget(key);
        true
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("len", &self.len())
            .field("bytes", &self.bytes())
            .field("bounds", &self.bounds)
            .field("dropped", &self.dropped)
            .finish_non_exhaustive()
    }
}
