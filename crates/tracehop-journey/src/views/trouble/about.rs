//! What is found, gathered by what it is about.

use std::cmp::Reverse;
use std::time::SystemTime;

use super::trouble::{Trouble, TroubleKind};
use crate::summary::{JourneyId, JourneySummary};

/// How many journeys are named.
const MAX_JOURNEYS: usize = 10;

/// How many troubles of a kind are listed one by one.
const MAX_TROUBLES: usize = 100;

/// How often something was found, when, and where. It becomes one trouble.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) count: u64,
    last: Option<SystemTime>,
    journeys: Vec<JourneyId>,
}

/// What a reader is told.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) means: String,
    pub(super) advice: String,
}

impl Found {
    pub(super) fn add(&mut self, count: u64, at: SystemTime, journey: &JourneySummary) {
        self.count = self.count.saturating_add(count);
        self.last = self.last.max(Some(at));
        if self.journeys.len() < MAX_JOURNEYS && !self.journeys.contains(&journey.id) {
            self.journeys.push(journey.id);
        }
    }

    pub(super) fn trouble(self, kind: TroubleKind, words: Words) -> Trouble {
        let Self { count, last, journeys } = self;
        let Words { title, about, means, advice } = words;
        Trouble { kind, title, about, count, last, journeys, means, advice }
    }
}

/// The most frequent troubles of one kind first. What is too much becomes one trouble, so that nothing is silently missing.
pub(super) fn bounded(mut troubles: Vec<Trouble>) -> Vec<Trouble> {
    troubles
        .sort_by(|a, b| (Reverse(a.count), &a.about, &a.title).cmp(&(Reverse(b.count), &b.about, &b.title)));
    let more = troubles.split_off(troubles.len().min(MAX_TROUBLES));
    if let (Some(first), false) = (troubles.first(), more.is_empty()) {
        let rest = Trouble {
            kind: first.kind,
            title: format!("{} more of this kind", more.len()),
            about: String::new(),
            count: more.iter().fold(0, |sum, trouble| trouble.count.saturating_add(sum)),
            last: more.iter().filter_map(|trouble| trouble.last).max(),
            journeys: more.iter().filter_map(|it| it.journeys.first().copied()).take(MAX_JOURNEYS).collect(),
            means: first.means.clone(),
            advice: "They happen less often than those listed. Narrow the time or the search to see them."
                .to_owned(),
        };
        troubles.push(rest);
    }
    troubles
}

/// `1 send`, `3 sends`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
