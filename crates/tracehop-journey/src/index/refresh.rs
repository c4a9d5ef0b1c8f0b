//! What is known of journeys, brought up to date.

use std::collections::HashSet;
use std::sync::Arc;

use super::index::Index;
use super::walk::Known;
use crate::span_parts::SpanKey;
use crate::summary::{JourneyId, JourneySummary};

impl Index {
    /// Brings up to date what is known of the journeys that changed since the last time, and says which they are: new ones, others,
    /// and such as are no more.
    pub fn refresh(&mut self) -> Vec<JourneyId> {
        let mut ids = HashSet::new();
        loop {
            self.refresh_once(&mut ids);
            let before = self.len();
            // What is known of journeys takes room, too.
            self.make_room();
            if self.len() == before {
                return ids.into_iter().map(JourneyId).collect();
            }
        }
    }

    fn refresh_once(&mut self, ids: &mut HashSet<SpanKey>) {
        let changed = std::mem::take(&mut self.changed);
        let (mut known, mut origins) = (Known::new(), HashSet::new());
        for key in changed {
            let found = self.origins(key, &mut known);
            if !found.contains(&key) && self.rows.forget(key) {
                ids.insert(key);
            }
            origins.extend(found);
        }
        for origin in origins {
            ids.insert(origin);
            let walked = self.walk(origin);
            if walked.spans.is_empty() {
                self.rows.forget(origin);
                continue;
            }
            let begins_here = self.slots.has(origin);
            let left_out = walked.left_out;
            let Some(journey) = walked.into_journey() else { continue };
            let (names, tags) = (&mut self.rows.names, &self.rows.tags);
            let mut row = JourneySummary::of(&journey, JourneyId(origin), names, tags);
            row.begins_elsewhere = !begins_here;
            row.parts_left_out += left_out;
            self.rows.put(row);
        }
    }

    /// What is known of each journey, latest start first, as of the last [`refresh`](Self::refresh).
    pub fn summaries(&self) -> impl DoubleEndedIterator<Item = &Arc<JourneySummary>> {
        self.rows.by_start.values().rev()
    }

    /// What is known of one journey.
    pub fn summary(&self, id: JourneyId) -> Option<&Arc<JourneySummary>> {
        self.rows.by_id.get(&id.0)
    }
}
