//! Spans that are to be looked at again, each once.

use std::collections::{HashSet, VecDeque};

use crate::span_parts::SpanKey;

/// For how many the room is kept.
const KEPT: usize = 16_384;

/// Spans that are to be looked at again, in the order in which they were named, each once.
#[derive(Debug, Default)]
pub(super) struct Pending {
    in_order: VecDeque<SpanKey>,
    there: HashSet<SpanKey>,
}

impl Pending {
    pub(super) fn insert(&mut self, key: SpanKey) {
        if self.there.insert(key) {
            self.in_order.push_back(key);
        }
    }

    pub(super) fn pop(&mut self) -> Option<SpanKey> {
        let key = self.in_order.pop_front()?;
        self.there.remove(&key);
        // Once there were many: their room is not kept for ever.
        if self.in_order.is_empty() && self.in_order.capacity() > KEPT {
            *self = Self::default();
        }
        Some(key)
    }

    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }
}

impl Extend<SpanKey> for Pending {
    fn extend<I: IntoIterator<Item = SpanKey>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}
