//! Spans by their identity.

use std::collections::HashMap;
use std::sync::Arc;

use crate::lookup::Lookup;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// Finds spans by their identity. If a hostile trace repeats an id, the earliest span has it.
pub(crate) struct Places<'a> {
    spans: &'a [Arc<JourneySpan>],
    places: HashMap<SpanKey, usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(spans: &'a [Arc<JourneySpan>]) -> Self {
        let mut places = HashMap::with_capacity(spans.len());
        for (place, span) in spans.iter().enumerate() {
            places.entry(span.key()).or_insert(place);
        }
        Self { spans, places }
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = (usize, &'a JourneySpan)> + use<'a> {
        self.spans.iter().map(Arc::as_ref).enumerate()
    }

    pub(crate) fn at(&self, place: usize) -> Option<&'a JourneySpan> {
        self.spans.get(place).map(Arc::as_ref)
    }

    pub(crate) fn place(&self, key: SpanKey) -> Option<usize> {
        self.places.get(&key).copied()
    }

    pub(crate) fn get(&self, key: SpanKey) -> Option<&'a JourneySpan> {
        self.at(self.place(key)?)
    }

    pub(crate) fn parent_of(&self, span: &JourneySpan) -> Option<usize> {
        self.place(span.parent()?)
    }

    pub(crate) fn links_of(&self, span: &JourneySpan) -> impl Iterator<Item = usize> {
        span.links().iter().filter_map(|key| self.place(*key))
    }
}

impl Lookup for Places<'_> {
    fn span(&self, key: SpanKey) -> Option<&JourneySpan> {
        self.get(key)
    }
}
