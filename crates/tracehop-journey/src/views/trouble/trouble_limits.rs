//! From when on something is trouble.

use std::time::Duration;

/// From when on something is trouble. The default values suit most pipelines.
#[derive(Clone, Debug, PartialEq)]
pub struct TroubleLimits {
    /// A send is not handled after so many times the p99 of the waits of its destination. Default: 10.
    pub wait_factor: u32,
    /// It is not trouble before this time, however fast others were. Default: 1 s.
    pub wait_at_least: Duration,
    /// A message that was tried so often is poison. Default: 5.
    pub poison_attempts: u32,
    /// The part of the tries of a minute that must be retries to be a storm. Default: 0.5.
    pub storm_share: f64,
    /// How many tries a minute must have to be a storm. Default: 20.
    pub storm_tries: u64,
    /// Clocks may disagree by less than this. Default: 1 ms.
    pub skew_at_least: Duration,
}

impl Default for TroubleLimits {
    fn default() -> Self {
        Self {
            wait_factor: 10,
            wait_at_least: Duration::from_secs(1),
            poison_attempts: 5,
            storm_share: 0.5,
            storm_tries: 20,
            skew_at_least: Duration::from_millis(1),
        }
    }
}
