//! What is known of each journey.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::index::Index;
use super::walk::Known;
use crate::journey::Journey;
use crate::names::Names;
use crate::span_parts::SpanKey;
use crate::summary::{JourneyId, JourneySummary};

/// What a row takes beside what it says.
const ROW_BYTES: usize = 240;

/// What is known of each journey, by its begin and by the time of its start.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_id: HashMap<SpanKey, Arc<JourneySummary>>,
    by_start: BTreeMap<(SystemTime, [u8; 16], [u8; 8]), Arc<JourneySummary>>,
    names: Names,
    pub(super) tags: Vec<Arc<str>>,
    pub(super) bytes: usize,
}

impl Rows {
    /// Forgets what is known of the journey that begins here.
    pub(super) fn forget(&mut self, origin: SpanKey) -> bool {
        let Some(row) = self.by_id.remove(&origin) else { return false };
        self.by_start.remove(&place(&row));
        self.bytes -= row.bytes() + ROW_BYTES;
        true
    }

    fn put(&mut self, row: JourneySummary) {
        let row = Arc::new(row);
        self.forget(row.id.0);
        self.bytes += row.bytes() + ROW_BYTES;
        self.by_start.insert(place(&row), Arc::clone(&row));
        self.by_id.insert(row.id.0, row);
    }
}

fn place(row: &JourneySummary) -> (SystemTime, [u8; 16], [u8; 8]) {
    let (trace, span) = row.id.0;
    (row.started, trace.to_bytes(), span.to_bytes())
}

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
            let journey = Journey::new(walked.spans);
            let (names, tags) = (&mut self.rows.names, &self.rows.tags);
            let mut row = JourneySummary::of(&journey, JourneyId(origin), &walked.makers, names, tags);
            row.begins_elsewhere = !begins_here;
            row.parts_left_out += walked.left_out;
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
