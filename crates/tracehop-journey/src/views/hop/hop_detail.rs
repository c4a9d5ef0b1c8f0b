//! One hop, closely: how long its messages wait and are handled, over time.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::heat::{Columns, HeatCell, Rows};
use super::hop_query::HopQuery;
use super::slow_message::{SlowMessage, slowest};
use super::spread::{Spread, spreads};
use crate::summary::{JourneySummary, UnmatchedHandler};
use crate::views::durations::Durations;
use crate::views::latency::Latency;
use crate::views::messages::{Handled, handled, unhandled, unmatched};

/// One hop in a window of time.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HopDetail {
    /// The destination.
    pub destination: String,
    /// `messaging.system`, or an empty text.
    pub system: String,
    /// How many messages were handled; each try counts.
    pub count: u64,
    /// How many of the tries failed.
    pub errors: u64,
    /// How many were a second or later try.
    pub retries: u64,
    /// How many ended in dead letters, or were given up.
    pub dead_letters: u64,
    /// How many were sent and nobody has handled them yet.
    pub unhandled: u64,
    /// How many were handled though no send of them is known: they carried no context, or it was put on them by hand. They count
    /// nowhere else here.
    pub unmatched: u64,
    /// How many of these failed.
    pub unmatched_errors: u64,
    /// How long these were handled.
    pub unmatched_handling: Latency,
    /// How long messages waited.
    pub wait: Latency,
    /// How long they were handled.
    pub handling: Latency,
    /// When the window begins.
    pub from: SystemTime,
    /// How long one column of the heat maps is. There are at most 60.
    pub column: Duration,
    /// Where each row of the heat maps begins: durations, shortest first, in steps of 1, 2 and 5.
    pub rows: Vec<Duration>,
    /// How many messages waited how long, when their handlers started. Empty cells are left out.
    pub waits: Vec<HeatCell>,
    /// How many were handled for how long, when.
    pub handlings: Vec<HeatCell>,
    /// p50, p95 and p99 of the wait of each column, `None` where there is none.
    pub wait_over_time: Vec<Option<Latency>>,
    /// The messages that waited longest: at most 20, longest first.
    pub slowest: Vec<SlowMessage>,
    /// The same by partition: the 100 busiest, and the others as `(others)`.
    pub partitions: Vec<Spread>,
    /// The same by consumer: `service` or `service / group`. It is bounded too.
    pub consumers: Vec<Spread>,
}

impl HopDetail {
    /// Looks at the messages whose handlers started in `window`, and at those that were sent in it and that nobody has handled.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// use tracehop_journey::{HopDetail, HopQuery};
    ///
    /// let now = SystemTime::now();
    /// let query = HopQuery { destination: "orders".to_owned(), ..HopQuery::default() };
    /// let detail = HopDetail::of(&[], &query, now - Duration::from_secs(900)..now);
    /// assert_eq!((detail.count, detail.column), (0, Duration::from_secs(15)));
    /// assert_eq!(detail.wait_over_time.len(), 60);
    /// ```
    pub fn of(summaries: &[Arc<JourneySummary>], query: &HopQuery, window: Range<SystemTime>) -> Self {
        let wanted = |message: &Handled<'_>| window.contains(&message.at) && query.matches(message.hop);
        let messages: Vec<Handled<'_>> = handled(summaries, wanted).collect();
        let waiting: Vec<&str> = unhandled(summaries)
            .filter(|message| query.may_match(message.send) && window.contains(&message.send.sent))
            .filter(|message| message.send.error.is_none())
            .map(|message| &*message.send.system)
            .collect();
        let lone: Vec<&UnmatchedHandler> = unmatched(summaries)
            .map(|it| it.handler)
            .filter(|it| query.may_have(it) && window.contains(&it.started))
            .collect();
        let systems = messages.iter().map(|message| &*message.hop.system).chain(waiting.iter().copied());
        let mut systems = systems.chain(lone.iter().map(|it| &*it.system));
        let columns = Columns::of(&window);
        let rows = Rows::of(messages.iter().flat_map(|message| [message.hop.wait, message.hop.handling]));
        let count = |counts: fn(&Handled<'_>) -> bool| messages.iter().filter(|it| counts(it)).count() as u64;
        Self {
            destination: query.destination.clone(),
            system: systems.find(|system| !system.is_empty()).unwrap_or_default().to_owned(),
            count: messages.len() as u64,
            errors: count(|message| message.hop.error.is_some()),
            retries: count(|message| message.hop.attempt > 1),
            dead_letters: count(|message| message.dead),
            unhandled: waiting.len() as u64,
            unmatched: lone.len() as u64,
            unmatched_errors: lone.iter().filter(|it| it.error.is_some()).count() as u64,
            unmatched_handling: lone.iter().map(|it| it.handling).collect::<Durations>().latency(),
            wait: messages.iter().map(|message| message.hop.wait).collect::<Durations>().latency(),
            handling: messages.iter().map(|message| message.hop.handling).collect::<Durations>().latency(),
            from: columns.from,
            column: columns.length,
            waits: rows.cells(&columns, &messages, |message| message.hop.wait),
            handlings: rows.cells(&columns, &messages, |message| message.hop.handling),
            rows: rows.starts,
            wait_over_time: wait_over_time(&columns, &messages),
            slowest: slowest(&messages),
            partitions: spreads(
                &messages,
                |message| message.hop.partition.as_deref(),
                |partition| (*partition).to_owned(),
            ),
            consumers: spreads(
                &messages,
                |message| Some((&*message.hop.consumer, message.hop.group.as_deref())),
                |(service, group)| match group {
                    Some(group) => format!("{service} / {group}"),
                    None => (*service).to_owned(),
                },
            ),
        }
    }
}

fn wait_over_time(columns: &Columns, messages: &[Handled<'_>]) -> Vec<Option<Latency>> {
    let mut waits: Vec<Durations> = (0..columns.count).map(|_| Durations::default()).collect();
    for message in messages {
        let column = columns.place(message.at).and_then(|place| waits.get_mut(usize::try_from(place).ok()?));
        if let Some(waits) = column {
            waits.record(message.hop.wait);
        }
    }
    waits.iter().map(|waits| Some(waits.latency()).filter(|latency| latency.count > 0)).collect()
}
