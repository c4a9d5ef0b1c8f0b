//! One hop, closely: how long its messages wait and are handled, over time.

use std::time::{Duration, SystemTime};

use super::latency::Latency;
use crate::summary::JourneyId;

/// Which hop: a destination, and if given the services on both sides and the group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HopQuery {
    /// The destination.
    pub destination: String,
    /// The service that sends.
    pub producer: Option<String>,
    /// The service that handles.
    pub consumer: Option<String>,
    /// The consumer group.
    pub group: Option<String>,
}

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
    /// How long messages waited.
    pub wait: Latency,
    /// How long they were handled.
    pub handling: Latency,
    /// When the window begins.
    pub from: SystemTime,
    /// How long one column of the heat maps is.
    pub column: Duration,
    /// Where each row of the heat maps begins: durations, shortest first.
    pub rows: Vec<Duration>,
    /// How many messages waited how long, when. Empty cells are left out.
    pub waits: Vec<HeatCell>,
    /// How many were handled for how long, when.
    pub handlings: Vec<HeatCell>,
    /// p50, p95 and p99 of the wait of each column, `None` where there is none.
    pub wait_over_time: Vec<Option<Latency>>,
    /// The messages that waited longest: at most 20, longest first.
    pub slowest: Vec<SlowMessage>,
    /// The same by partition.
    pub partitions: Vec<Spread>,
    /// The same by consumer: `service` or `service / group`.
    pub consumers: Vec<Spread>,
}

/// One cell of a heat map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HeatCell {
    /// Its column, from 0.
    pub column: u32,
    /// Its row: a place in [`HopDetail::rows`].
    pub row: u32,
    /// How many messages.
    pub count: u32,
}

/// A message that waited long.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SlowMessage {
    /// Its journey.
    pub journey: JourneyId,
    /// When it was sent.
    pub sent: SystemTime,
    /// How long it waited.
    pub wait: Duration,
    /// How long it was handled.
    pub handling: Duration,
    /// Which try it was.
    pub attempt: u32,
    /// The service that handled it.
    pub consumer: String,
    /// The partition, if there is one.
    pub partition: Option<String>,
    /// `error.type`, if it failed.
    pub error: Option<String>,
}

/// How one part of a hop compares with the others.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Spread {
    /// The part's name.
    pub name: String,
    /// How many messages.
    pub count: u64,
    /// How many failed.
    pub errors: u64,
    /// How long they waited.
    pub wait: Latency,
    /// How long they were handled.
    pub handling: Latency,
}
