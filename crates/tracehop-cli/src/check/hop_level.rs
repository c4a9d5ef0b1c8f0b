//! A level on messages, from a send to the end of a handler.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use tracehop_journey::{JourneyId, JourneySummary};

use super::judge::{Lengths, Level, Measured};
use super::limits::{AtLeast, Limits, Name, Share, Tries};
use super::messages::{Message, Selection, age};
use super::report::{Finding, LevelKind};
use super::ways::{End, Way, ways};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct HopLevel {
    name: Option<String>,
    from: Name,
    to: Option<Name>,
    producer: Option<Name>,
    consumer: Option<Name>,
    group: Option<Name>,
    #[serde(default)]
    handled: Limits,
    #[serde(default)]
    waited: Limits,
    errors: Option<Share>,
    tries: Option<Tries>,
    #[serde(default)]
    at_least: AtLeast,
}

/// How messages ended: those that were handled and how long it took, those that were not and why.
#[derive(Default)]
struct Ends {
    handled: Lengths,
    failed: Vec<JourneyId>,
    /// How many ended well or not.
    count: usize,
}

impl HopLevel {
    pub(super) fn fault(&self) -> Option<&'static str> {
        let says_nothing = self.handled.is_empty()
            && self.waited.is_empty()
            && self.errors.is_none()
            && self.tries.is_none();
        if self.to.as_ref().is_some_and(|to| to.text.eq_ignore_ascii_case(&self.from.text)) {
            return Some(
                "`to` is the same as `from`: leave it out, or name the destination of the message that follows",
            );
        }
        says_nothing.then_some("this [[hop]] sets no limit: add `handled`, `waited`, `errors` or `tries`")
    }

    pub(super) fn check(
        &self,
        journeys: &[Arc<JourneySummary>],
        since: SystemTime,
        now: SystemTime,
    ) -> Vec<Finding> {
        let selection = Selection {
            destination: &self.from,
            producer: self.producer.as_ref(),
            consumer: self.consumer.as_ref(),
            group: self.group.as_ref(),
            since,
        };
        let messages = selection.messages(journeys);
        let unhandled = unhandled(&selection, journeys, now);
        let ends = match &self.to {
            None => one_hop(&messages, &unhandled),
            Some(to) => all_the_way(ways(journeys, &selection, to, now)),
        };
        let level = Level { name: self.title(), kind: LevelKind::Hop, at_least: self.at_least.0 };
        let mut findings: Vec<Finding> = level.lengths("handled", self.handled, &ends.handled).collect();
        let waited = Lengths {
            ended: messages.iter().map(|it| Measured { journey: it.journey, value: it.waited() }).collect(),
            pending: unhandled.pending,
        };
        findings.extend(level.lengths("waited", self.waited, &waited));
        if let Some(limit) = self.errors {
            findings.push(level.share("errors", limit, &ends.failed, ends.count));
        }
        if let Some(limit) = self.tries {
            let tries = messages.iter().map(|it| Measured { journey: it.journey, value: it.attempts() });
            findings.push(level.tries(limit.0, &tries.collect::<Vec<_>>()));
        }
        findings
    }

    fn title(&self) -> String {
        let way = || match &self.to {
            None => format!("messages on {}", self.from.shown()),
            Some(to) => format!("from {} to {}", self.from.shown(), to.shown()),
        };
        self.name.clone().unwrap_or_else(way)
    }
}

/// Sends that nobody handled.
#[derive(Default)]
struct Unhandled {
    pending: Vec<Measured<std::time::Duration>>,
    failed: Vec<JourneyId>,
}

fn unhandled(selection: &Selection<'_>, journeys: &[Arc<JourneySummary>], now: SystemTime) -> Unhandled {
    let mut found = Unhandled::default();
    // In one journey a message may still wait that another one has seen handled.
    let handled = journeys.iter().flat_map(|journey| &journey.hops).map(|hop| hop.send);
    let mut seen: HashSet<_> = handled.collect();
    for journey in journeys {
        for send in journey.unhandled.iter().filter(|send| selection.has_unhandled(send)) {
            if !seen.insert(send.send) {
                continue;
            }
            if send.error.is_some() {
                found.failed.push(journey.id);
            } else {
                found.pending.push(Measured { journey: journey.id, value: age(send.sent, now) });
            }
        }
    }
    found
}

fn one_hop(messages: &[Message<'_>], unhandled: &Unhandled) -> Ends {
    let handled =
        messages.iter().filter_map(|it| Some(Measured { journey: it.journey, value: it.handled()? }));
    let mut failed: Vec<JourneyId> = messages.iter().filter(|it| it.failed()).map(|it| it.journey).collect();
    failed.extend(&unhandled.failed);
    Ends {
        handled: Lengths { ended: handled.collect(), pending: unhandled.pending.clone() },
        count: messages.len() + unhandled.failed.len(),
        failed,
    }
}

fn all_the_way(ways: Vec<Way>) -> Ends {
    let mut ends = Ends::default();
    for Way { journey, end } in ways {
        match end {
            End::Arrived(value) => ends.handled.ended.push(Measured { journey, value }),
            End::OnItsWay(value) => ends.handled.pending.push(Measured { journey, value }),
            End::Failed => ends.failed.push(journey),
            End::Elsewhere => {}
        }
    }
    ends.count = ends.handled.ended.len() + ends.failed.len();
    ends
}
