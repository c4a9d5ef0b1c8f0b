//! Spans in the order in which they came.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use super::begin::Begin;
use crate::cause::Cause;
use crate::lookup::Lookup;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// What a span takes beside itself: its slot, and its place in the map, with what is left empty in both.
pub(super) const SLOT_BYTES: usize = 320;

/// Spans in the order in which they came, found by number or by identity.
#[derive(Debug, Default)]
pub(super) struct Slots {
    in_order: VecDeque<Slot>,
    /// The number of the first.
    first: u64,
    places: HashMap<SpanKey, u64>,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) span: Arc<JourneySpan>,
    /// Kept beside it, because looking for it costs more than all else.
    pub(super) cause: Cause,
    /// Where its journey began when it was last looked for.
    pub(super) begin: Option<Begin>,
    pub(super) arrived: SystemTime,
    pub(super) bytes: usize,
}

impl Slots {
    /// The number that the next slot gets.
    pub(super) fn next_number(&self) -> u64 {
        self.first + self.in_order.len() as u64
    }

    pub(super) fn push(&mut self, slot: Slot) {
        self.places.insert(slot.span.key(), self.next_number());
        self.in_order.push_back(slot);
    }

    pub(super) fn pop(&mut self) -> Option<(u64, Slot)> {
        let slot = self.in_order.pop_front()?;
        let number = self.first;
        self.first += 1;
        self.places.remove(&slot.span.key());
        Some((number, slot))
    }

    pub(super) fn oldest(&self) -> Option<&Slot> {
        self.in_order.front()
    }

    pub(super) fn at(&self, number: u64) -> Option<&Slot> {
        self.in_order.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn at_mut(&mut self, number: u64) -> Option<&mut Slot> {
        self.in_order.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn get(&self, key: SpanKey) -> Option<&Slot> {
        self.at(*self.places.get(&key)?)
    }

    pub(super) fn get_mut(&mut self, key: SpanKey) -> Option<&mut Slot> {
        let number = *self.places.get(&key)?;
        self.at_mut(number)
    }

    pub(super) fn has(&self, key: SpanKey) -> bool {
        self.places.contains_key(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.in_order.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }
}

impl Lookup for Slots {
    fn span(&self, key: SpanKey) -> Option<&JourneySpan> {
        self.get(key).map(|slot| &*slot.span)
    }
}
