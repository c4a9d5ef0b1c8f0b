//! What journeys are made of: what a search may ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracehop_journey::JourneySummary;

/// How many values of one kind are kept.
const MAX_VALUES: usize = 1_000;

/// What journeys are made of: what a search may ask for. Each list is bounded at 1,000 values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub(super) services: BTreeSet<Arc<str>>,
    pub(super) destinations: BTreeSet<Arc<str>>,
    pub(super) groups: BTreeSet<Arc<str>>,
    pub(super) partitions: BTreeSet<Arc<str>>,
    pub(super) systems: BTreeSet<Arc<str>>,
    pub(super) errors: BTreeSet<Arc<str>>,
    pub(super) tags: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl Known {
    /// What these journeys are made of.
    pub fn of<'a>(journeys: impl IntoIterator<Item = &'a Arc<JourneySummary>>) -> Self {
        let mut known = Self::default();
        for journey in journeys {
            journey.services.iter().for_each(|it| add(&mut known.services, it));
            journey.destinations.iter().for_each(|it| add(&mut known.destinations, it));
            journey.error.iter().for_each(|it| add(&mut known.errors, it));
            for hop in &journey.hops {
                add(&mut known.systems, &hop.system);
                hop.group.iter().for_each(|it| add(&mut known.groups, it));
                hop.partition.iter().for_each(|it| add(&mut known.partitions, it));
                hop.error.iter().chain(&hop.handled_error).for_each(|it| add(&mut known.errors, it));
            }
            for handler in &journey.unmatched {
                add(&mut known.systems, &handler.system);
                handler.group.iter().for_each(|it| add(&mut known.groups, it));
                handler.error.iter().for_each(|it| add(&mut known.errors, it));
            }
            for (key, value) in &journey.tags {
                if let Some(values) = known.tag(key)
                    && !values.contains(&**value)
                    && values.len() < MAX_VALUES
                {
                    values.insert(Arc::from(&**value));
                }
            }
        }
        known
    }

    /// Attributes that were named at the start, whether a journey has them yet or not.
    #[must_use]
    pub fn with_tags<'a>(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        for key in keys {
            self.tag(&Arc::from(key));
        }
        self
    }

    fn tag(&mut self, key: &Arc<str>) -> Option<&mut BTreeSet<Arc<str>>> {
        if self.tags.len() >= MAX_VALUES && !self.tags.contains_key(key) {
            return None;
        }
        Some(self.tags.entry(Arc::clone(key)).or_default())
    }
}

fn add(values: &mut BTreeSet<Arc<str>>, value: &Arc<str>) {
    if !value.is_empty() && !values.contains(value) && values.len() < MAX_VALUES {
        values.insert(Arc::clone(value));
    }
}
