//! Spans → journeys: traces connected by links become one.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::TraceId;

use super::carried::carried;
use super::index::Index;
use super::journey::Journey;
use super::span::JourneySpan;

/// Joins `spans` into journeys. Journeys, and the spans of each, are in order of start.
pub(super) fn join(mut spans: Vec<Arc<JourneySpan>>) -> Vec<Journey> {
    // An enclosing span comes before what it encloses. The ids make equal times come out the same in whatever order
    // the services exported.
    spans.sort_by_cached_key(|span| {
        (span.started(), Reverse(span.ended()), span.trace_id().to_bytes(), span.span_id().to_bytes())
    });
    let groups = &mut Groups::default();
    let index = Index::new(&spans);
    for (_, span) in index.spans() {
        for (linked, _) in carried(&index, span) {
            groups.unite(span.trace_id(), linked);
        }
    }
    let mut places = HashMap::new();
    let mut journeys: Vec<Vec<Arc<JourneySpan>>> = Vec::new();
    for span in spans {
        let place = *places.entry(groups.leader(span.trace_id())).or_insert(journeys.len());
        match journeys.get_mut(place) {
            Some(journey) => journey.push(span),
            None => journeys.push(vec![span]),
        }
    }
    journeys.into_iter().map(Journey::new).collect()
}

/// A union-find over traces. A parent is always in its child's trace, so it is enough to unite whole traces. A trace also
/// stays together if its middle was recorded elsewhere or dropped.
#[derive(Default)]
struct Groups {
    /// The next trace on the way to the leader. A trace without an entry leads itself.
    towards: HashMap<TraceId, TraceId>,
}

impl Groups {
    fn leader(&mut self, mut trace: TraceId) -> TraceId {
        while let Some(&next) = self.towards.get(&trace) {
            let Some(&after) = self.towards.get(&next) else { return next };
            // Halving the path keeps long chains of links from being walked again and again.
            self.towards.insert(trace, after);
            trace = after;
        }
        trace
    }

    fn unite(&mut self, one: TraceId, other: TraceId) {
        let (one, other) = (self.leader(one), self.leader(other));
        if one != other {
            self.towards.insert(other, one);
        }
    }
}
