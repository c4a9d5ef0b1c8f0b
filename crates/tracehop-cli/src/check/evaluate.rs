//! Levels, checked over summaries.

use std::sync::Arc;
use std::time::SystemTime;

use tracehop_journey::JourneySummary;

use super::levels::Levels;
use super::report::{Finding, Report, Verdict};

impl Levels {
    /// Checks every level over the messages that were sent, and the journeys that started, in the window that ends at `now`.
    pub fn check(&self, journeys: &[Arc<JourneySummary>], now: SystemTime) -> Report {
        let since = now.checked_sub(self.window).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut findings: Vec<Finding> = Vec::new();
        findings.extend(self.hops.iter().flat_map(|level| level.check(journeys, since, now)));
        findings.extend(self.journeys.iter().flat_map(|level| level.check(journeys, since, now)));
        findings.extend(self.messages.iter().flat_map(|level| level.check(journeys, since, now)));
        Report {
            checked: now,
            window: self.window,
            journeys: journeys.len(),
            holds: findings.iter().all(|finding| finding.verdict == Verdict::Holds),
            findings,
        }
    }
}
