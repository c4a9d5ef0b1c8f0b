//! One hop.

use serde::Serialize;
use tracehop_journey::{HeatCell, HopDetail, JourneyId, SlowMessage, Spread};

use super::numbers::{LatencyJson, nanos, unix_nanos};

/// One hop.
#[derive(Debug, Serialize)]
pub(crate) struct HopJson<'a> {
    destination: &'a str,
    system: &'a str,
    count: u64,
    errors: u64,
    retries: u64,
    dead_letters: u64,
    unhandled: u64,
    unmatched: u64,
    unmatched_errors: u64,
    unmatched_handling: LatencyJson,
    wait: LatencyJson,
    handling: LatencyJson,
    from_unix_ns: u64,
    column_ns: u64,
    rows_ns: Vec<u64>,
    waits: &'a [HeatCell],
    handlings: &'a [HeatCell],
    wait_over_time: Vec<Option<LatencyJson>>,
    slowest: Vec<SlowJson<'a>>,
    partitions: Vec<SpreadJson<'a>>,
    consumers: Vec<SpreadJson<'a>>,
}

#[derive(Debug, Serialize)]
struct SlowJson<'a> {
    journey: JourneyId,
    sent_unix_ns: u64,
    wait_ns: u64,
    handling_ns: u64,
    attempt: u32,
    consumer: &'a str,
    partition: Option<&'a str>,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct SpreadJson<'a> {
    name: &'a str,
    count: u64,
    errors: u64,
    wait: LatencyJson,
    handling: LatencyJson,
}

impl<'a> From<&'a HopDetail> for HopJson<'a> {
    fn from(hop: &'a HopDetail) -> Self {
        Self {
            destination: &hop.destination,
            system: &hop.system,
            count: hop.count,
            errors: hop.errors,
            retries: hop.retries,
            dead_letters: hop.dead_letters,
            unhandled: hop.unhandled,
            unmatched: hop.unmatched,
            unmatched_errors: hop.unmatched_errors,
            unmatched_handling: hop.unmatched_handling.into(),
            wait: hop.wait.into(),
            handling: hop.handling.into(),
            from_unix_ns: unix_nanos(hop.from),
            column_ns: nanos(hop.column),
            rows_ns: hop.rows.iter().copied().map(nanos).collect(),
            waits: &hop.waits,
            handlings: &hop.handlings,
            wait_over_time: hop.wait_over_time.iter().map(|column| column.map(Into::into)).collect(),
            slowest: hop.slowest.iter().map(SlowJson::from).collect(),
            partitions: hop.partitions.iter().map(SpreadJson::from).collect(),
            consumers: hop.consumers.iter().map(SpreadJson::from).collect(),
        }
    }
}

impl<'a> From<&'a SlowMessage> for SlowJson<'a> {
    fn from(slow: &'a SlowMessage) -> Self {
        Self {
            journey: slow.journey,
            sent_unix_ns: unix_nanos(slow.sent),
            wait_ns: nanos(slow.wait),
            handling_ns: nanos(slow.handling),
            attempt: slow.attempt,
            consumer: &slow.consumer,
            partition: slow.partition.as_deref(),
            error: slow.error.as_deref(),
        }
    }
}

impl<'a> From<&'a Spread> for SpreadJson<'a> {
    fn from(spread: &'a Spread) -> Self {
        Self {
            name: &spread.name,
            count: spread.count,
            errors: spread.errors,
            wait: spread.wait.into(),
            handling: spread.handling.into(),
        }
    }
}
