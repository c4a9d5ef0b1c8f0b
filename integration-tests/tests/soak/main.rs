//! A hundred thousand messages through each broker, handled concurrently: no context crosses from one message to another,
//! every span ends once, and the process does not grow with the number of its messages.
//!
//! One line for each broker goes to standard output, whether the test harness shows that or not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests"
)]

mod kafka;
mod memory;
mod nats;
mod rabbitmq;
#[path = "../support/mod.rs"]
mod support;
mod tally;

use std::time::Duration;

use tokio::sync::Mutex;

/// How many messages, for each broker.
const MESSAGES: usize = 100_000;

/// Several times what it takes on two cores.
const DEADLINE: Duration = Duration::from_secs(300);

/// How many messages each consumer handles at once.
const HANDLERS: usize = 64;

/// One soak at a time, or the seconds that it tells would be the others' too.
static ALONE: Mutex<()> = Mutex::const_new(());
