//! The conformance suite on every broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kafka;
mod nats;
mod rabbitmq;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kafka::KafkaBroker;
use nats::NatsBroker;
use rabbitmq::RabbitMqBroker;

/// Longer than anything takes here; a test that waits so long has failed.
const DEADLINE: Duration = Duration::from_secs(30);

/// A name that nothing else on the broker has: it may be shared, and tests run in parallel.
fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

tracehop_testing::broker_conformance!(kafka_conforms, KafkaBroker);
tracehop_testing::broker_conformance!(rabbitmq_conforms, RabbitMqBroker);
tracehop_testing::broker_conformance!(nats_conforms, NatsBroker);
