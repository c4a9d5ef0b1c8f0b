//! Times and durations as numbers.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use tracehop_journey::Latency;

/// Nanoseconds, at most what fits: 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Nanoseconds since 1970; 0 before.
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    nanos(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// A count for a drawing, or to be divided.
#[expect(clippy::cast_precision_loss, reason = "nobody sees the sixteenth digit")]
pub(crate) fn real(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(u64::MAX) as f64
}

/// Percentiles.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct LatencyJson {
    count: u64,
    p50_ns: u64,
    p95_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

impl From<Latency> for LatencyJson {
    fn from(latency: Latency) -> Self {
        Self {
            count: latency.count,
            p50_ns: nanos(latency.p50),
            p95_ns: nanos(latency.p95),
            p99_ns: nanos(latency.p99),
            max_ns: nanos(latency.max),
        }
    }
}
