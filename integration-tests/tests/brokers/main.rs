//! The brokers of `tracehop-brokers`, as somebody's tests use them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod child;
mod data;
mod errors;
mod left_behind;
mod sharing;

use std::time::Duration;

/// Longer than anything takes here; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(120);
