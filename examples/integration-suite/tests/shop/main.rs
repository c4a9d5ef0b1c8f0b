//! The shop as a whole: three services as processes, on three real brokers, and what their traces say.
//!
//! Each test has services of its own, on queues, topics and subjects of its own. Brokers are shared, unless a test breaks one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod contract;
mod failures;
mod journeys;
mod left_behind;
mod operations;
mod services;
mod shop;

use std::time::Duration;

/// Longer than anything takes here; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(60);
