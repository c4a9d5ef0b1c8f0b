//! Messages that waited long.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use crate::summary::JourneyId;
use crate::views::messages::Handled;

/// How many are kept.
const MOST: usize = 20;

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

/// The messages that waited longest, longest first. Of equals, the one that was sent last comes first.
pub(super) fn slowest(messages: &[Handled<'_>]) -> Vec<SlowMessage> {
    let key = |message: &Handled<'_>| {
        (Reverse(message.hop.wait), Reverse(message.hop.sent), message.hop.process.1.to_bytes())
    };
    let mut slowest: Vec<Handled<'_>> = messages.to_vec();
    if slowest.len() > MOST {
        slowest.select_nth_unstable_by_key(MOST, key);
        slowest.truncate(MOST);
    }
    slowest.sort_unstable_by_key(key);
    slowest.iter().map(SlowMessage::of).collect()
}

impl SlowMessage {
    fn of(message: &Handled<'_>) -> Self {
        let hop = message.hop;
        Self {
            journey: message.journey.id,
            sent: hop.sent,
            wait: hop.wait,
            handling: hop.handling,
            attempt: hop.attempt,
            consumer: hop.consumer.to_string(),
            partition: hop.partition.as_deref().map(str::to_owned),
            error: hop.error.as_deref().map(str::to_owned),
        }
    }
}
