//! The conformance suite on every broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kafka;

use std::time::Duration;

use kafka::KafkaBroker;

/// Longer than anything takes here; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(30);

tracehop_testing::broker_conformance!(kafka_conforms, KafkaBroker);
