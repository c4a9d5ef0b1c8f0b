//! What the hops of many journeys cost.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use crate::duration::Human;
use crate::hop::Hop;
use crate::journey::Journey;
use crate::text;

/// How many rows are printed. The rest is only counted, because destinations of high cardinality would fill the screen.
const MAX_ROWS: usize = 200;

const DESTINATION: usize = 22;
const SERVICES: usize = 25;
const COUNT: usize = 7;

/// What each hop of many journeys cost. It is collected from journeys or hops, and prints as an aligned table.
///
/// Rows are in the order in which their hops first appear, so a chain of services reads from top to bottom. The text
/// is at most 100 columns wide and 200 rows long.
///
/// ```
/// # use tracehop_journey::{Bounds, HopTable, Index};
/// # let index = Index::new(Bounds::default());
/// let table: HopTable = index.journeys().iter().collect();
/// println!("{table}");
/// assert!(table.rows().is_empty(), "nothing was taken in yet");
/// ```
///
/// ```text
///                                                          in queue        processing
/// destination from → to             count  errors      p50      p95      p50      p95
/// orders      checkout → billing        3       1  12.3 ms   1.20 s  8.00 ms  49.1 ms
/// payments    billing → warehouse       2       0  8.50 ms  8.50 ms  17.0 ms  17.0 ms
/// ```
#[derive(Clone, Debug, Default)]
pub struct HopTable {
    rows: Vec<HopRow>,
}

/// All hops from one service through one destination to another service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HopRow {
    /// As in [`Hop::destination`].
    pub destination: String,
    /// The service that sent.
    pub producer: String,
    /// The service that processed.
    pub consumer: String,
    /// How many messages there were. Each attempt counts.
    pub count: usize,
    /// How many of them failed.
    pub errors: usize,
    /// The time between the send and the processing. Failed attempts count too.
    pub queue: Percentiles,
    /// The time in the handler. Failed attempts count too.
    pub process: Percentiles,
}

/// Nearest-rank percentiles. Each is a measured duration: the smallest that at least 50 %, 95 % or 99 %
/// of all do not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Percentiles {
    /// The median.
    pub p50: Duration,
    /// The duration that 95 % do not exceed.
    pub p95: Duration,
    /// The duration that 99 % do not exceed. The printed table has no room for it.
    pub p99: Duration,
}

impl HopTable {
    /// The rows, in the order in which their hops first appeared.
    pub fn rows(&self) -> &[HopRow] {
        &self.rows
    }
}

impl<'a> FromIterator<&'a Journey> for HopTable {
    fn from_iter<I: IntoIterator<Item = &'a Journey>>(journeys: I) -> Self {
        journeys.into_iter().flat_map(Journey::hops).collect()
    }
}

impl FromIterator<Hop> for HopTable {
    fn from_iter<I: IntoIterator<Item = Hop>>(hops: I) -> Self {
        let mut samples: Vec<(HopRow, Vec<Duration>, Vec<Duration>)> = Vec::new();
        let mut places = HashMap::new();
        for hop in hops {
            let key = (hop.destination, hop.producer, hop.consumer);
            let place = *places.entry(key.clone()).or_insert_with(|| {
                let (destination, producer, consumer) = key;
                let (queue, process) = Default::default();
                let row = HopRow { destination, producer, consumer, count: 0, errors: 0, queue, process };
                samples.push((row, Vec::new(), Vec::new()));
                samples.len() - 1
            });
            if let Some((row, queue, process)) = samples.get_mut(place) {
                row.count += 1;
                row.errors += usize::from(hop.error.is_some());
                queue.push(hop.queue);
                process.push(hop.process);
            }
        }
        let rows = samples.into_iter();
        let rows = rows.map(|(row, queue, process)| HopRow {
            queue: Percentiles::of(queue),
            process: Percentiles::of(process),
            ..row
        });
        Self { rows: rows.collect() }
    }
}

impl Percentiles {
    fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let nearest_rank = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100);
            samples.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: nearest_rank(50), p95: nearest_rank(95), p99: nearest_rank(99) }
    }
}

impl fmt::Display for HopTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = || self.rows.iter().take(MAX_ROWS);
        let destinations = shown().map(|row| text::fit(&row.destination, DESTINATION));
        let destinations: Vec<String> =
            std::iter::once("destination".to_owned()).chain(destinations).collect();
        let services: Vec<String> =
            std::iter::once("from → to".to_owned()).chain(shown().map(HopRow::services)).collect();
        let (first, second) = (widest(&destinations), widest(&services));

        let (count, time) = (COUNT, Human::WIDTH);
        let times = 2 * time + 1;
        writeln!(
            f,
            "{:1$} {2:>times$} {3:>times$}",
            "",
            first + second + 2 * count + 3,
            "in queue",
            "processing"
        )?;
        let mut labels = destinations.iter().zip(&services);
        if let Some((destination, services)) = labels.next() {
            write!(f, "{destination:first$} {services:second$} {:>count$} {:>count$}", "count", "errors")?;
            write!(f, " {0:>time$} {1:>time$} {0:>time$} {1:>time$}", "p50", "p95")?;
        }
        for (row, (destination, services)) in shown().zip(labels) {
            write!(f, "\n{destination:first$} {services:second$}")?;
            write!(f, " {:>count$} {:>count$}", text::narrow(row.count), text::narrow(row.errors))?;
            for duration in [row.queue.p50, row.queue.p95, row.process.p50, row.process.p95] {
                write!(f, " {:>time$}", Human(duration))?;
            }
        }
        match self.rows.len().saturating_sub(MAX_ROWS) {
            0 => Ok(()),
            more => write!(f, "\n… {more} more hops"),
        }
    }
}

impl HopRow {
    fn services(&self) -> String {
        // Each name may use what the other one leaves.
        let arrow = " → ";
        let names = SERVICES - text::columns(arrow);
        let (producer, consumer) = (text::columns(&self.producer), text::columns(&self.consumer));
        let first = producer.min((names / 2).max(names.saturating_sub(consumer)));
        let second = consumer.min(names - first);
        format!("{}{arrow}{}", text::fit(&self.producer, first), text::fit(&self.consumer, second))
    }
}

fn widest(texts: &[String]) -> usize {
    texts.iter().map(|text| text::columns(text)).max().unwrap_or(0)
}
