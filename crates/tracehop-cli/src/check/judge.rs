//! Whether what was measured is within its limits.

use std::time::Duration;

use tracehop_journey::JourneyId;

use super::amount::Amount;
use super::limits::{Limits, Share};
use super::report::{Finding, LevelKind, Verdict};

/// How many journeys show what is broken.
const MAX_SHOWN: usize = 3;

/// A level, without its limits.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) name: String,
    pub(super) kind: LevelKind,
    pub(super) at_least: u64,
}

/// Something that was measured of a message or a journey.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<T> {
    pub(super) journey: JourneyId,
    pub(super) value: T,
}

/// Durations of what has ended, and of what has not.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths {
    pub(super) ended: Vec<Measured<Duration>>,
    /// How long it has been so far: it counts as soon as that is beyond the limit, and is not known before.
    pub(super) pending: Vec<Measured<Duration>>,
}

impl Level {
    /// One finding for each percentile that has a limit.
    pub(super) fn lengths<'a>(
        &'a self,
        what: &'a str,
        limits: Limits,
        lengths: &'a Lengths,
    ) -> impl Iterator<Item = Finding> + 'a {
        limits.percentiles().map(move |percentile| {
            let late = lengths.pending.iter().filter(|it| it.value > percentile.limit);
            let mut values: Vec<Measured<Duration>> = lengths.ended.iter().chain(late).copied().collect();
            values.sort_by_key(|it| std::cmp::Reverse(it.value));
            // The nearest rank: the smallest value that so many percent do not exceed. Longest first it is this place.
            let beyond = values.len() - nearest_rank(values.len(), percentile.percent);
            let value = values.get(beyond).map(|it| it.value);
            Finding {
                measured: value.map(Amount::Length),
                shown_by: shown(values.iter().filter(|it| it.value > percentile.limit).map(|it| it.journey)),
                ..self.finding(
                    format!("{what} {}", percentile.name),
                    Amount::Length(percentile.limit),
                    values.len(),
                    value.is_some_and(|value| value <= percentile.limit),
                )
            }
        })
    }

    /// How many of so many are `bad`.
    pub(super) fn share(&self, what: &str, limit: Share, bad: &[JourneyId], count: usize) -> Finding {
        let share = ratio(bad.len(), count);
        Finding {
            measured: (count > 0).then_some(Amount::Share(share)),
            shown_by: shown(bad.iter().copied()),
            ..self.finding(what.to_owned(), Amount::Share(limit.0), count, share <= limit.0)
        }
    }

    /// All of so many, without those that do not.
    pub(super) fn promise(&self, what: &str, broken_by: &[JourneyId], count: usize) -> Finding {
        Finding {
            measured: (count > 0).then_some(Amount::Share(1.0 - ratio(broken_by.len(), count))),
            shown_by: shown(broken_by.iter().copied()),
            ..self.finding(what.to_owned(), Amount::Share(1.0), count, broken_by.is_empty())
        }
    }

    /// The most tries that anything took.
    pub(super) fn tries(&self, limit: u32, tries: &[Measured<u32>]) -> Finding {
        let mut tries = tries.to_vec();
        tries.sort_by_key(|it| std::cmp::Reverse(it.value));
        let most = tries.first().map(|it| it.value);
        Finding {
            measured: most.map(|most| Amount::Count(most.into())),
            shown_by: shown(tries.iter().filter(|it| it.value > limit).map(|it| it.journey)),
            ..self.finding(
                "tries".to_owned(),
                Amount::Count(limit.into()),
                tries.len(),
                most.is_some_and(|most| most <= limit),
            )
        }
    }

    fn finding(&self, what: String, limit: Amount, count: usize, holds: bool) -> Finding {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Finding {
            level: self.name.clone(),
            kind: self.kind,
            what,
            limit,
            measured: None,
            count,
            at_least: self.at_least,
            verdict: match holds {
                _ if count < self.at_least => Verdict::NotMeasured,
                true => Verdict::Holds,
                false => Verdict::Broken,
            },
            shown_by: Vec::new(),
        }
    }
}

/// The place from 1, shortest first, of the smallest value that so many percent of all do not exceed.
fn nearest_rank(count: usize, percent: u64) -> usize {
    let rank = (count as u128 * u128::from(percent)).div_ceil(100);
    usize::try_from(rank).unwrap_or(count).min(count)
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^52 messages it is still a good share")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn shown(journeys: impl Iterator<Item = JourneyId>) -> Vec<JourneyId> {
    let mut shown = Vec::new();
    for journey in journeys {
        if shown.len() == MAX_SHOWN {
            break;
        }
        if !shown.contains(&journey) {
            shown.push(journey);
        }
    }
    shown
}
