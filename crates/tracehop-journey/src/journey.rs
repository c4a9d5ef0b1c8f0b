//! The spans of one business event.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use crate::duration::elapsed;
use crate::handover::{Handovers, handovers};
use crate::places::Places;
use crate::span::JourneySpan;
use crate::tree::Tree;

/// Every recorded span of one business event, across services and traces, joined by parents *and* links.
///
/// [`JourneyExporter::journeys`](crate::JourneyExporter::journeys) makes journeys. A journey is a snapshot: spans that are
/// exported later do not change it. It has at least one span.
#[derive(Clone, Debug)]
pub struct Journey {
    /// In order of start. `handovers` and `tree` name spans by their places here.
    pub(crate) spans: Vec<Arc<JourneySpan>>,
    pub(crate) handovers: Handovers,
    pub(crate) tree: Tree,
}

impl Journey {
    pub(crate) fn new(spans: Vec<Arc<JourneySpan>>) -> Self {
        let index = Places::new(&spans);
        let handovers = handovers(&index);
        let tree = Tree::new(&index, &handovers);
        Self { spans, handovers, tree }
    }

    /// All spans, in order of start.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = &JourneySpan> {
        self.spans.iter().map(Arc::as_ref)
    }

    /// The name of the span with which the journey begins: the earliest of those that come after no other span.
    pub fn name(&self) -> &str {
        let first = self.tree.roots().first().and_then(|root| root.spans.first());
        first.and_then(|&place| self.at(place)).map_or("", JourneySpan::name)
    }

    /// The traces that the journey runs through, in the order of their first spans. If there are several, links join
    /// them.
    pub fn trace_ids(&self) -> Vec<TraceId> {
        let mut seen = HashSet::new();
        self.spans().map(JourneySpan::trace_id).filter(|&trace| seen.insert(trace)).collect()
    }

    /// When the first span started.
    pub fn started(&self) -> SystemTime {
        self.spans.first().map_or(SystemTime::UNIX_EPOCH, |span| span.started())
    }

    /// The time from the start of the first span to the end of the span that ends last.
    pub fn duration(&self) -> Duration {
        let ended = self.spans().map(JourneySpan::ended).max();
        ended.map_or(Duration::ZERO, |ended| elapsed(self.started(), ended))
    }

    /// Whether any span failed, even if a later attempt succeeded.
    pub fn failed(&self) -> bool {
        self.spans().any(|span| span.error().is_some())
    }

    pub(crate) fn at(&self, place: usize) -> Option<&JourneySpan> {
        self.spans.get(place).map(Arc::as_ref)
    }
}
