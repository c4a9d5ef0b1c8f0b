//! A level on whole journeys.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use tracehop_journey::{JourneyId, JourneySummary, Outcome};

use super::judge::{Lengths, Level, Measured};
use super::limits::{AtLeast, Limits, Search, Share, Tries};
use super::messages::age;
use super::report::{Finding, LevelKind};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct JourneyLevel {
    name: Option<String>,
    search: Search,
    #[serde(default)]
    took: Limits,
    #[serde(default)]
    waiting: Limits,
    errors: Option<Share>,
    tries: Option<Tries>,
    #[serde(default)]
    at_least: AtLeast,
}

impl JourneyLevel {
    pub(super) fn fault(&self) -> Option<&'static str> {
        let says_nothing =
            self.took.is_empty() && self.waiting.is_empty() && self.errors.is_none() && self.tries.is_none();
        says_nothing.then_some("this [[journey]] sets no limit: add `took`, `waiting`, `errors` or `tries`")
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.search.0.tags()
    }

    pub(super) fn check(
        &self,
        journeys: &[Arc<JourneySummary>],
        since: SystemTime,
        now: SystemTime,
    ) -> Vec<Finding> {
        let meant = journeys.iter().filter(|it| it.started >= since && self.search.0.matches(it, now));
        let meant: Vec<&JourneySummary> = meant.map(|journey| &**journey).collect();
        let name = self.name.clone().unwrap_or_else(|| match self.search.0.to_string() {
            all if all.is_empty() => "every journey".to_owned(),
            search => search,
        });
        let level = Level { name, kind: LevelKind::Journey, at_least: self.at_least.0 };
        let (mut took, mut waiting) = (Lengths::default(), Lengths::default());
        for journey in &meant {
            let measured = |value| Measured { journey: journey.id, value };
            if journey.outcome == Outcome::Waiting {
                took.pending.push(measured(journey.duration.max(age(journey.started, now))));
                waiting.pending.push(measured(journey.waiting));
            } else {
                took.ended.push(measured(journey.duration));
                waiting.ended.push(measured(journey.waiting));
            }
        }
        let mut findings: Vec<Finding> = level.lengths("took", self.took, &took).collect();
        findings.extend(level.lengths("waiting", self.waiting, &waiting));
        if let Some(limit) = self.errors {
            let failed =
                meant.iter().filter(|it| matches!(it.outcome, Outcome::Failed | Outcome::DeadLettered));
            let failed: Vec<JourneyId> = failed.map(|journey| journey.id).collect();
            findings.push(level.share("errors", limit, &failed, meant.len()));
        }
        if let Some(limit) = self.tries {
            let tries = meant.iter().map(|it| Measured { journey: it.id, value: it.attempts });
            findings.push(level.tries(limit.0, &tries.collect::<Vec<_>>()));
        }
        findings
    }
}
