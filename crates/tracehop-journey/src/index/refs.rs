//! Which spans name a span as their parent, or in a link.

use std::collections::{HashMap, VecDeque};

use crate::span_parts::SpanKey;

/// A span that makes more messages than this is a job over messages: each of them begins a journey of its own.
pub(super) const FAN_OUT: usize = 32;

/// What an entry takes in the map, with what is left empty in it.
const ENTRY_BYTES: usize = 216;

/// What each span that names the same one takes after the first.
const FOLLOWER_BYTES: usize = 16;

/// Which spans name which: children and backlinks, by the number of their slots. What is named may not be there.
#[derive(Debug, Default)]
pub(super) struct Refs {
    entries: HashMap<SpanKey, Entry>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Entry {
    /// Numbers of slots, in the order in which the spans came: the first ones also leave first.
    slots: VecDeque<u64>,
    /// How many of them are messages that the span itself made.
    messages: usize,
    /// Whether there have been too many. It stays, so that journeys do not change their begin back and forth.
    is_job: bool,
}

impl Refs {
    /// Adds a span that names this one, and says whether that makes it a job.
    pub(super) fn add(&mut self, named: SpanKey, slot: u64, is_message: bool) -> bool {
        let entry = self.entries.entry(named).or_default();
        // The parent may be linked too, and a link may be repeated.
        if entry.slots.back() == Some(&slot) {
            return false;
        }
        self.bytes += if entry.slots.is_empty() { ENTRY_BYTES } else { FOLLOWER_BYTES };
        entry.slots.push_back(slot);
        entry.messages += usize::from(is_message);
        let was_job = entry.is_job;
        entry.is_job |= entry.messages > FAN_OUT;
        entry.is_job && !was_job
    }

    /// Forgets a slot that leaves: it is the oldest of all, and so the first in its entry.
    pub(super) fn remove(&mut self, named: SpanKey, slot: u64) {
        let Some(entry) = self.entries.get_mut(&named) else { return };
        if entry.slots.front() != Some(&slot) {
            return;
        }
        entry.slots.pop_front();
        let left = entry.slots.len();
        self.bytes -= if left == 0 { ENTRY_BYTES } else { FOLLOWER_BYTES };
        if left == 0 {
            self.entries.remove(&named);
        } else if entry.slots.capacity() > 4 * left + 16 {
            entry.slots.shrink_to(2 * left);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The slots of the spans that name this one, in the order in which they came.
    pub(super) fn of(&self, named: SpanKey) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.entries.get(&named).into_iter().flat_map(|entry| entry.slots.iter().copied())
    }

    pub(super) fn is_job(&self, key: SpanKey) -> bool {
        self.entries.get(&key).is_some_and(|entry| entry.is_job)
    }

    pub(super) fn names(&self, key: SpanKey) -> bool {
        self.entries.contains_key(&key)
    }
}
