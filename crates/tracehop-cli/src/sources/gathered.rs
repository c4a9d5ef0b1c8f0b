//! Spans that were asked for.

use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use tracehop_journey::{Bounds, Index, Journey, JourneyId, JourneySpan};

/// Spans that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The spans. One may be there twice.
    pub spans: Vec<JourneySpan>,
    /// What may be missing, and why, in whole sentences.
    pub notes: Vec<String>,
}

impl Gathered {
    /// The journeys that run through a trace, in the order in which they started.
    pub fn journeys(self, trace: TraceId) -> Vec<(JourneyId, Journey)> {
        let index = self.index();
        let mut journeys = index.journeys();
        journeys.retain(|journey| journey.spans().any(|span| span.trace_id() == trace));
        let id = |journey: &Journey| {
            let first = journey.spans().next()?;
            // What several messages have in common is in the journey of each: only the first of them begins with it.
            let ids = index.journeys_of(first.key());
            ids.into_iter().find(|id| journey.spans().any(|span| span.key() == id.0))
        };
        journeys.into_iter().filter_map(|journey| Some((id(&journey)?, journey))).collect()
    }

    /// All spans, ready to be walked.
    pub fn index(self) -> Index {
        let mut index = Index::new(Bounds::default().max_bytes(usize::MAX));
        let now = SystemTime::now();
        for span in self.spans {
            index.insert(span, now);
        }
        index
    }
}
