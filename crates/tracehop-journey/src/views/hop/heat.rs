//! Durations over time, as cells of a heat map.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use crate::views::messages::Handled;

/// How many columns there are at most.
const MAX_COLUMNS: u64 = 60;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What a column may be long, in nanoseconds: people think in these. Longer ones are whole days.
const LENGTHS: [u64; 19] = [
    SECOND / 10,
    SECOND / 5,
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
];

/// One cell of a heat map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HeatCell {
    /// Its column, from 0.
    pub column: u32,
    /// Its row: a place in [`HopDetail::rows`](crate::HopDetail::rows).
    pub row: u32,
    /// How many messages.
    pub count: u32,
}

/// The columns of a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) from: SystemTime,
    pub(super) length: Duration,
    pub(super) count: u32,
}

impl Columns {
    /// At most [`MAX_COLUMNS`] of a length that people think in.
    pub(super) fn of(window: &Range<SystemTime>) -> Self {
        let whole = nanos(window.end.duration_since(window.start).unwrap_or_default());
        let least = whole.div_ceil(MAX_COLUMNS);
        let days = || least.div_ceil(DAY).saturating_mul(DAY);
        let length = LENGTHS.into_iter().find(|&length| length >= least).unwrap_or_else(days);
        let count = u32::try_from(whole.div_ceil(length)).unwrap_or(u32::MAX);
        Self { from: window.start, length: Duration::from_nanos(length), count }
    }

    pub(super) fn place(&self, at: SystemTime) -> Option<u32> {
        let place = nanos(at.duration_since(self.from).ok()?).checked_div(nanos(self.length))?;
        u32::try_from(place).ok().filter(|&place| place < self.count)
    }
}

/// The rows of a heat map: 0, 1 µs, 2 µs, 5 µs, 10 µs, ... 500,000 s; only those between the shortest and the longest duration.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) starts: Vec<Duration>,
}

impl Rows {
    pub(super) fn of(durations: impl Iterator<Item = Duration> + Clone) -> Self {
        let all =
            std::iter::once(0).chain((3..15).flat_map(|decade| [1, 2, 5].map(|it| it * 10_u64.pow(decade))));
        let all: Vec<Duration> = all.map(Duration::from_nanos).collect();
        let (Some(first), Some(last)) = (durations.clone().min(), durations.max()) else {
            return Self { starts: Vec::new() };
        };
        let (first, last) = (row(&all, first), row(&all, last));
        let starts = all.into_iter().skip(first).take(last + 1 - first);
        Self { starts: starts.collect() }
    }

    /// How many durations there are of each row, in each column.
    pub(super) fn cells<'a>(
        &self,
        columns: &Columns,
        messages: &[Handled<'a>],
        duration: impl Fn(&Handled<'a>) -> Duration,
    ) -> Vec<HeatCell> {
        let mut cells: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for message in messages {
            let Some(column) = columns.place(message.at) else { continue };
            let row = u32::try_from(row(&self.starts, duration(message))).unwrap_or(0);
            let count = cells.entry((column, row)).or_default();
            *count = count.saturating_add(1);
        }
        cells.into_iter().map(|((column, row), count)| HeatCell { column, row, count }).collect()
    }
}

/// The last row that does not begin after `duration`.
fn row(starts: &[Duration], duration: Duration) -> usize {
    starts.partition_point(|&start| start <= duration).saturating_sub(1)
}

/// At most 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_lengths_that_people_think_in() {
        for (window, length, count) in [
            (0, SECOND / 10, 0),
            (1, SECOND / 10, 1),
            (MINUTE, SECOND, 60),
            (MINUTE + 1, 2 * SECOND, 31),
            (15 * MINUTE, 15 * SECOND, 60),
            (HOUR, MINUTE, 60),
            (DAY, 30 * MINUTE, 48),
            (60 * DAY, DAY, 60),
            (530 * 365 * DAY, 3_225 * DAY, 60),
            (u64::MAX, 3_559 * DAY, 60),
        ] {
            let start = SystemTime::UNIX_EPOCH;
            let columns = Columns::of(&(start..start + Duration::from_nanos(window)));
            assert_eq!((nanos(columns.length), columns.count), (length, count), "{window} ns");
        }
    }

    #[test]
    fn a_window_that_ends_before_it_begins_has_no_columns() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let columns = Columns::of(&(start..SystemTime::UNIX_EPOCH));
        assert_eq!((columns.count, columns.place(start)), (0, None));
    }

    #[test]
    fn rows_reach_from_the_shortest_to_the_longest_duration() {
        for (durations, expected) in [
            (&[][..], &[][..]),
            (&[0], &[0]),
            (&[3_000], &[2_000]),
            (&[1_999, 10_000], &[1_000, 2_000, 5_000, 10_000]),
            (&[u64::MAX], &[500_000 * SECOND]),
        ] {
            let rows = Rows::of(durations.iter().map(|&it| Duration::from_nanos(it)));
            assert_eq!(
                rows.starts.iter().map(|&it| nanos(it)).collect::<Vec<_>>(),
                expected,
                "{durations:?}"
            );
        }
    }
}
