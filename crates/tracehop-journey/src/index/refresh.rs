//! What is known of journeys, brought up to date.

use std::collections::HashSet;
use std::sync::Arc;

use super::index::Index;
use super::walk::{Known, Walked};
use crate::span_parts::SpanKey;
use crate::summary::{JourneyId, JourneySummary};

/// How many spans a part of a refresh looks at.
const SPANS_AT_ONCE: usize = 4_096;

impl Index {
    /// Brings up to date what is known of the journeys that changed since the last time, and says which they are: new ones, others,
    /// and such as are no more.
    pub fn refresh(&mut self) -> Vec<JourneyId> {
        let mut ids = HashSet::new();
        // To make room changes journeys, too.
        while self.is_stale() {
            self.find_stale(usize::MAX);
            self.walk_stale(usize::MAX, &mut ids);
        }
        ids.into_iter().map(JourneyId).collect()
    }

    /// A part of [`refresh`](Self::refresh): looks at most at so many journeys, and says whether all are up to date.
    pub fn refresh_some(&mut self, journeys: usize) -> bool {
        if self.stale.len() < journeys {
            self.find_stale(SPANS_AT_ONCE);
        }
        self.walk_stale(journeys, &mut HashSet::new());
        !self.is_stale()
    }

    /// How many spans and journeys are to be looked at again. Whoever takes in spans faster than they are looked at must wait for
    /// this, or it grows beyond all bounds.
    pub fn backlog(&self) -> usize {
        self.changed.len() + self.stale.len()
    }

    /// Whether something has changed that the last [`refresh`](Self::refresh) has not looked at: also what had to leave for it.
    pub fn is_stale(&self) -> bool {
        !self.changed.is_empty() || !self.stale.is_empty()
    }

    /// Finds the journeys of what has changed.
    fn find_stale(&mut self, most: usize) {
        let mut known = Known::new();
        for _ in 0..most {
            let Some(key) = self.changed.pop() else { break };
            let found = self.origins(key, &mut known);
            let begin = known.get(&key).copied();
            let has_moved =
                self.slots.get_mut(key).is_none_or(|slot| std::mem::replace(&mut slot.begin, begin) != begin);
            // Then what came of it may have moved, too.
            if has_moved {
                let followers = self.refs.of(key).filter_map(|number| self.slots.at(number));
                self.changed.extend(followers.map(|slot| slot.span.key()));
            }
            if self.rows.by_id.contains_key(&key) {
                self.stale.insert(key);
            }
            self.stale.extend(found);
        }
    }

    fn walk_stale(&mut self, most: usize, ids: &mut HashSet<SpanKey>) {
        let mut known = Known::new();
        for _ in 0..most {
            let Some(origin) = self.stale.pop() else { break };
            // What was a begin may be none any more.
            let walked = if self.origins(origin, &mut known).contains(&origin) {
                Some(self.walk(origin))
            } else {
                None
            };
            let left_out = walked.as_ref().map_or(0, |walked| walked.left_out);
            let Some(journey) = walked.and_then(Walked::into_journey) else {
                if self.rows.forget(origin) {
                    ids.insert(origin);
                }
                continue;
            };
            ids.insert(origin);
            let begins_here = self.slots.has(origin);
            let (names, tags) = (&mut self.rows.names, &self.rows.tags);
            let mut row = JourneySummary::of(&journey, JourneyId(origin), names, tags);
            row.begins_elsewhere = !begins_here;
            row.parts_left_out += left_out;
            self.rows.put(row);
        }
        // What is known of journeys takes room, too.
        self.make_room();
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
