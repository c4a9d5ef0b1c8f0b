//! The spans of one business event.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use crate::duration::elapsed;
use crate::forest::Forest;
use crate::handover::{Handovers, handovers};
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;
use crate::summary::JourneyId;
use crate::tree::tree;

/// Every recorded span of one business event, across services and traces, joined by parents *and* links.
///
/// An [`Index`](crate::Index) makes journeys. A journey is a snapshot: spans that are
/// exported later do not change it. It has at least one span.
#[derive(Clone, Debug)]
pub struct Journey {
    /// In order of start. `handovers` and `tree` name spans by their places here.
    pub(crate) spans: Vec<Arc<JourneySpan>>,
    pub(crate) handovers: Handovers,
    pub(crate) tree: Forest,
    /// Spans of a job above the message.
    makers: Vec<SpanKey>,
    started: SystemTime,
    ended: SystemTime,
}

impl Journey {
    /// These spans as one journey, whether they belong together or not, in any order. `None` if there are none.
    ///
    /// An [`Index`](crate::Index) finds the spans that belong together.
    pub fn from_spans(spans: impl IntoIterator<Item = Arc<JourneySpan>>) -> Option<Self> {
        let spans: Vec<_> = spans.into_iter().collect();
        (!spans.is_empty()).then(|| Self::new(spans))
    }

    /// These spans as the journey with this id, as an [`Index`](crate::Index) found them elsewhere. What stands above the span with
    /// which it begins is a job that made many messages, and its time does not count. `None` if there are no spans.
    pub fn of_id(id: JourneyId, spans: impl IntoIterator<Item = Arc<JourneySpan>>) -> Option<Self> {
        let spans: Vec<_> = spans.into_iter().collect();
        let makers = above(id.0, &spans);
        (!spans.is_empty()).then(|| Self::below(spans, makers))
    }

    pub(crate) fn new(spans: Vec<Arc<JourneySpan>>) -> Self {
        Self::below(spans, Vec::new())
    }

    /// The journey of these spans, in any order, of which `makers` stand above many journeys: their time does not count.
    pub(crate) fn below(mut spans: Vec<Arc<JourneySpan>>, makers: Vec<SpanKey>) -> Self {
        spans.sort_by_cached_key(|span| order(span));
        let index = Places::new(&spans);
        let handovers = handovers(&index);
        let tree = tree(&index, &handovers);
        let own = || spans.iter().filter(|span| !makers.contains(&span.key()));
        let of_start = |asked: bool| {
            own().filter(|span| span.is(Role::Receive) == asked).map(|span| span.started()).min()
        };
        let started = of_start(false).or_else(|| of_start(true)).unwrap_or(SystemTime::UNIX_EPOCH);
        let ended = own().map(|span| span.ended()).max().unwrap_or(started);
        Self { spans, handovers, tree, makers, started, ended }
    }

    /// All spans, in order of start.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = &JourneySpan> {
        self.spans.iter().map(Arc::as_ref)
    }

    /// The name of the span with which the journey begins: the earliest of those that come after no other span, or after a job
    /// only that made many messages.
    pub fn name(&self) -> &str {
        if !self.makers.is_empty() {
            let own = self.spans().find(|span| !self.makers.contains(&span.key()));
            return own.map_or("", JourneySpan::name);
        }
        let first = self.tree.roots().first().and_then(|root| root.places.first());
        first.and_then(|&place| self.at(place)).map_or("", JourneySpan::name)
    }

    /// The traces that the journey runs through, in the order of their first spans. If there are several, links join
    /// them.
    pub fn trace_ids(&self) -> Vec<TraceId> {
        let mut seen = HashSet::new();
        self.spans().map(JourneySpan::trace_id).filter(|&trace| seen.insert(trace)).collect()
    }

    /// When the first span started. Whoever asked for a message may have asked long before it was sent: that does not count, if
    /// there is anything else.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// The time from the start of the first span to the end of the span that ends last.
    pub fn duration(&self) -> Duration {
        elapsed(self.started, self.ended)
    }

    /// Whether any span failed, even if a later attempt succeeded.
    pub fn failed(&self) -> bool {
        self.spans().any(|span| span.error().is_some())
    }

    /// When a span starts from the start of the journey, and how long it takes from then on.
    pub(crate) fn part(&self, span: &JourneySpan) -> (Duration, Duration) {
        let start = elapsed(self.started, span.started());
        (start, elapsed(self.started, span.ended().min(self.ended)).saturating_sub(start))
    }

    /// The spans of a job above the message.
    pub(crate) fn makers(&self) -> &[SpanKey] {
        &self.makers
    }

    /// What journeys are sorted by.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        self.spans.first().map(|span| order(span))
    }

    pub(crate) fn at(&self, place: usize) -> Option<&JourneySpan> {
        self.spans.get(place).map(Arc::as_ref)
    }
}

/// An enclosing span comes before what it encloses. The ids make equal times come out the same in whatever order the services
/// exported.
fn order(span: &JourneySpan) -> impl Ord + use<> {
    (span.started(), Reverse(span.ended()), span.trace_id().to_bytes(), span.span_id().to_bytes())
}

/// The spans above one, by parents. In a cycle nothing is above.
fn above(begin: SpanKey, spans: &[Arc<JourneySpan>]) -> Vec<SpanKey> {
    let parents: HashMap<SpanKey, Option<SpanKey>> = spans
        .iter()
        .map(|span| (span.key(), span.parent_span_id().map(|parent| (span.trace_id(), parent))))
        .collect();
    let mut above = Vec::new();
    let mut next = parents.get(&begin).copied().flatten();
    while let Some(key) = next
        && let Some(&parent) = parents.get(&key)
    {
        if key == begin || above.len() >= parents.len() {
            return Vec::new();
        }
        above.push(key);
        next = parent;
    }
    above
}
