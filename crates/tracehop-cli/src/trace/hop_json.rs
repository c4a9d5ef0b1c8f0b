//! One hop in JSON.

use std::time::Duration;

use serde::Serialize;
use tracehop_journey::Hop;

#[derive(Debug, Serialize)]
pub(super) struct HopJson {
    destination: String,
    producer: String,
    consumer: String,
    send_ns: u64,
    wait_ns: u64,
    handling_ns: u64,
    attempt: u32,
    error: Option<String>,
}

impl From<Hop> for HopJson {
    fn from(hop: Hop) -> Self {
        Self {
            destination: hop.destination,
            producer: hop.producer,
            consumer: hop.consumer,
            send_ns: nanos(hop.send),
            wait_ns: nanos(hop.queue),
            handling_ns: nanos(hop.process),
            attempt: hop.attempt,
            error: hop.error,
        }
    }
}

/// Five centuries fit.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
