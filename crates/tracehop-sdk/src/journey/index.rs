//! Spans by their identity.

use std::collections::HashMap;
use std::sync::Arc;

use super::span::{JourneySpan, SpanKey};

/// Finds spans by their identity. If a hostile trace repeats an id, the earliest span has it.
pub(super) struct Index<'a> {
    spans: &'a [Arc<JourneySpan>],
    places: HashMap<SpanKey, usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new(spans: &'a [Arc<JourneySpan>]) -> Self {
        let mut places = HashMap::with_capacity(spans.len());
        for (place, span) in spans.iter().enumerate() {
            places.entry(span.key()).or_insert(place);
        }
        Self { spans, places }
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = (usize, &'a JourneySpan)> + use<'a> {
        self.spans.iter().map(Arc::as_ref).enumerate()
    }

    pub(super) fn at(&self, place: usize) -> Option<&'a JourneySpan> {
        self.spans.get(place).map(Arc::as_ref)
    }

    pub(super) fn place(&self, key: SpanKey) -> Option<usize> {
        self.places.get(&key).copied()
    }

    pub(super) fn get(&self, key: SpanKey) -> Option<&'a JourneySpan> {
        self.at(self.place(key)?)
    }

    pub(super) fn parent_of(&self, span: &JourneySpan) -> Option<usize> {
        self.place(span.parent()?)
    }

    pub(super) fn links_of(&self, span: &JourneySpan) -> impl Iterator<Item = usize> {
        span.links().iter().filter_map(|key| self.place(*key))
    }
}
