//! What every message of a destination must have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tracehop_journey::{Gap, JourneyId, JourneySummary, SpanKey};

use super::judge::Level;
use super::limits::{AtLeast, Length, Name, allows};
use super::messages::{Selection, age};
use super::report::{Finding, LevelKind};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct MessageLevel {
    name: Option<String>,
    destination: Name,
    producer: Option<Name>,
    consumer: Option<Name>,
    group: Option<Name>,
    every: Vec<Promise>,
    #[serde(default = "ten_seconds")]
    within: Length,
    #[serde(default)]
    at_least: AtLeast,
}

/// What every message must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Promise {
    /// Who handles it knows which message it is.
    Context,
    /// Somebody handles it in time.
    Processed,
}

fn ten_seconds() -> Length {
    Length(Duration::from_secs(10))
}

impl MessageLevel {
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.every.is_empty() {
            return Some("`every` is empty: say [\"context\"], [\"processed\"] or both");
        }
        if self.within.0.is_zero() {
            return Some("`within`: nothing is handled in no time; try \"10s\"");
        }
        let is_narrow = self.producer.is_some() || self.group.is_some();
        (is_narrow && self.every.contains(&Promise::Context)).then_some(
            "a message without context does not say who sent it: `context` goes without `producer` and `group`",
        )
    }

    pub(super) fn check(
        &self,
        journeys: &[Arc<JourneySummary>],
        since: SystemTime,
        now: SystemTime,
    ) -> Vec<Finding> {
        let name =
            self.name.clone().unwrap_or_else(|| format!("every message on {}", self.destination.shown()));
        let level = Level { name, kind: LevelKind::Message, at_least: self.at_least.0 };
        let selection = Selection {
            destination: &self.destination,
            producer: self.producer.as_ref(),
            consumer: self.consumer.as_ref(),
            group: self.group.as_ref(),
            since,
        };
        let find = |promise: &Promise| match promise {
            Promise::Context => self.context(&level, &selection, journeys),
            Promise::Processed => self.processed(&level, &selection, journeys, now),
        };
        self.every.iter().map(find).collect()
    }

    fn context(&self, level: &Level, selection: &Selection<'_>, journeys: &[Arc<JourneySummary>]) -> Finding {
        let with: HashSet<(SpanKey, SpanKey)> = journeys
            .iter()
            .flat_map(|journey| &journey.hops)
            .filter(|hop| selection.has(hop))
            .map(|hop| (hop.send, hop.process))
            .collect();
        let mut without: Vec<JourneyId> = Vec::new();
        for journey in journeys {
            let meant = journey.unmatched.iter().filter(|it| {
                it.gap == Gap::NoContext
                    && it.started >= selection.since
                    && self.destination.matches(&it.destination)
                    && allows(self.consumer.as_ref(), Some(&it.consumer))
            });
            without.extend(meant.map(|_| journey.id));
        }
        level.promise("context", &without, with.len() + without.len())
    }

    fn processed(
        &self,
        level: &Level,
        selection: &Selection<'_>,
        journeys: &[Arc<JourneySummary>],
        now: SystemTime,
    ) -> Finding {
        let within = self.within.0;
        // Of each send: its journey, whether it is time, and whether it was handled in time.
        let mut sends: HashMap<SpanKey, (JourneyId, bool, bool)> = HashMap::new();
        let mut order = Vec::new();
        for journey in journeys {
            let handled = journey
                .hops
                .iter()
                .filter(|hop| selection.is_sent(&hop.destination, &hop.producer, hop.sent));
            let handled = handled.map(|hop| {
                let is_in_time = hop.wait.saturating_add(hop.handling) <= within;
                (hop.send, hop.sent, selection.has(hop) && is_in_time)
            });
            // What the broker did not take is no message: the level on errors counts it.
            let unhandled = journey.unhandled.iter().filter(|send| {
                send.error.is_none() && selection.is_sent(&send.destination, &send.producer, send.sent)
            });
            for (send, sent, is_handled) in handled.chain(unhandled.map(|it| (it.send, it.sent, false))) {
                let entry = sends.entry(send).or_insert_with(|| {
                    order.push(send);
                    (journey.id, age(sent, now) > within, false)
                });
                entry.2 |= is_handled;
            }
        }
        let due = order
            .iter()
            .filter_map(|send| sends.get(send))
            .filter(|(_, is_due, handled)| *is_due || *handled);
        let due: Vec<_> = due.collect();
        let missing: Vec<JourneyId> =
            due.iter().filter(|(.., handled)| !handled).map(|(id, ..)| *id).collect();
        level.promise("processed", &missing, due.len())
    }
}
