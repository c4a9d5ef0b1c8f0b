//! The journeys among spans that were asked for.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::TraceId;
use tracehop_journey::{Index, Journey, JourneyId, JourneySpan, JourneySummary};

use super::picked::Picked;

/// How many of its traces a summary names: a journey through so many may run through others.
const NAMED_TRACES: usize = 64;

/// The journeys among spans that were asked for. Their ids are those by which a running `tracehop view` knows them.
#[derive(Debug)]
pub struct Journeys {
    /// In the order in which they started.
    ids: Vec<JourneyId>,
    spans: Spans,
}

#[derive(Debug)]
enum Spans {
    Whole(HashMap<JourneyId, Vec<Arc<JourneySpan>>>),
    Walked(Box<Index>),
}

impl Journeys {
    pub(super) fn whole(journeys: Vec<(JourneyId, Vec<JourneySpan>)>) -> Self {
        let shared = |(id, spans): (_, Vec<JourneySpan>)| (id, spans.into_iter().map(Arc::new).collect());
        let mut journeys: Vec<(JourneyId, Vec<Arc<JourneySpan>>)> =
            journeys.into_iter().map(shared).collect();
        // Not the start of its first span: whoever asked for a message may have asked long before it was sent.
        let started = |id, spans: &[Arc<JourneySpan>]| {
            Journey::of_id(id, spans.iter().cloned()).map(|journey| journey.started())
        };
        journeys.sort_by_cached_key(|(id, spans)| started(*id, spans));
        let ids = journeys.iter().map(|(id, _)| *id).collect();
        Self { ids, spans: Spans::Whole(journeys.into_iter().collect()) }
    }

    pub(super) fn walked(index: Index, picked: Picked) -> Self {
        let ids = match picked {
            Picked::OfTrace(trace) => of_trace(&index, trace),
            Picked::Journey(id) if index.summary(id).is_some() => vec![id],
            // It may be a span in the midst of journeys.
            Picked::Journey(id) => {
                let mut ids = index.journeys_of(id.0);
                ids.retain(|&id| index.summary(id).is_some());
                ids
            }
        };
        Self { ids, spans: Spans::Walked(Box::new(index)) }
    }

    /// Which they are, in the order in which they started.
    pub fn ids(&self) -> &[JourneyId] {
        &self.ids
    }

    /// One of them.
    pub fn journey(&self, id: JourneyId) -> Option<Journey> {
        match &self.spans {
            Spans::Whole(journeys) => Journey::of_id(id, journeys.get(&id)?.iter().cloned()),
            Spans::Walked(index) => index.journey(id),
        }
    }
}

fn of_trace(index: &Index, trace: TraceId) -> Vec<JourneyId> {
    let is_meant = |journey: &&Arc<JourneySummary>| {
        journey.traces.contains(&trace)
            || journey.traces.len() >= NAMED_TRACES
                && index.walk_journey(journey.id).spans().iter().any(|span| span.trace_id() == trace)
    };
    index.summaries().rev().filter(is_meant).map(|journey| journey.id).collect()
}
