//! How many journeys there were, how long they took and how many failed, over time.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tracehop_journey::{JourneySummary, Outcome};

use super::wire::{nanos, real};

/// How many columns a window is cut into.
const COLUMNS: usize = 30;

/// How many journeys there were in a window, how long they took and how many failed: altogether, and over time.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Activity {
    pub(crate) journeys: u64,
    pub(crate) per_minute: f64,
    /// Of those that ended. `None` if none has.
    pub(crate) p95_ns: Option<u64>,
    pub(crate) failed: u64,
    pub(crate) columns: Vec<Column>,
}

/// One column.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Column {
    pub(crate) journeys: u64,
    pub(crate) p95_ns: Option<u64>,
    pub(crate) failed: u64,
}

impl Activity {
    pub(crate) fn of<'a>(
        journeys: impl Iterator<Item = &'a JourneySummary>,
        window: &Range<SystemTime>,
    ) -> Self {
        let length = window.end.duration_since(window.start).unwrap_or_default().max(Duration::from_secs(1));
        let mut columns = vec![(Column::default(), Vec::new()); COLUMNS];
        let mut all = Self::default();
        let mut took = Vec::new();
        for journey in journeys {
            all.journeys += 1;
            let at = journey.started.duration_since(window.start).unwrap_or_default();
            let share = at.as_secs_f64() / length.as_secs_f64();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between 0 and 29"
            )]
            let place = (share * real(COLUMNS)).clamp(0.0, real(COLUMNS - 1)) as usize;
            let Some((column, took_in_column)) = columns.get_mut(place) else { continue };
            column.journeys += 1;
            if matches!(journey.outcome, Outcome::Failed | Outcome::DeadLettered) {
                all.failed += 1;
                column.failed += 1;
            }
            if journey.outcome != Outcome::Waiting {
                took_in_column.push(nanos(journey.duration));
            }
        }
        for (column, took_in_column) in &mut columns {
            took.extend_from_slice(took_in_column);
            column.p95_ns = p95(took_in_column);
        }
        all.p95_ns = p95(&mut took);
        all.per_minute = real(all.journeys) * 60.0 / length.as_secs_f64();
        all.columns = columns.into_iter().map(|(column, _)| column).collect();
        all
    }
}

impl Column {
    pub(crate) fn failed_share(&self) -> f64 {
        share(self.failed, self.journeys)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}

fn p95(durations: &mut [u64]) -> Option<u64> {
    let place = (durations.len() * 95).div_ceil(100).checked_sub(1)?;
    Some(*durations.select_nth_unstable(place).1)
}
