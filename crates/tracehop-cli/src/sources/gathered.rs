//! Spans that were asked for.

use std::time::SystemTime;

use tracehop_journey::{Bounds, Index, JourneyId, JourneySpan};

use super::journeys::Journeys;
use super::picked::Picked;

/// Spans that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The spans. One may be there twice.
    pub spans: Vec<JourneySpan>,
    /// Whole journeys with their ids, where the source knows them.
    pub whole: Vec<(JourneyId, Vec<JourneySpan>)>,
    /// What may be missing, and why, in whole sentences.
    pub notes: Vec<String>,
}

impl Gathered {
    /// The journeys that are meant, in the order in which they started.
    pub fn journeys(self, picked: Picked) -> Journeys {
        if self.whole.is_empty() {
            Journeys::walked(index(self.spans), picked)
        } else {
            Journeys::whole(self.whole)
        }
    }
}

fn index(spans: Vec<JourneySpan>) -> Index {
    let mut index = Index::new(Bounds::default().max_bytes(usize::MAX));
    let now = SystemTime::now();
    for span in spans {
        index.insert(span, now);
    }
    index.refresh();
    index
}
