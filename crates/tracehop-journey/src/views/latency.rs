//! Percentiles of durations.

use std::time::Duration;

/// Percentiles of durations, with three significant digits. [`Durations`](crate::Durations) has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Latency {
    /// How many there are.
    pub count: u64,
    /// The duration that half of them do not exceed.
    pub p50: Duration,
    /// The duration that 95 % do not exceed.
    pub p95: Duration,
    /// The duration that 99 % do not exceed.
    pub p99: Duration,
    /// The longest, exactly.
    pub max: Duration,
}
