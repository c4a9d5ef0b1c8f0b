//! The conformance suite on every broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kafka;
mod nats;
mod rabbitmq;
mod support;

use kafka::KafkaBroker;
use nats::NatsBroker;
use rabbitmq::RabbitMqBroker;
use support::{DEADLINE, unique};

tracehop_testing::broker_conformance!(kafka_conforms, KafkaBroker);
tracehop_testing::broker_conformance!(rabbitmq_conforms, RabbitMqBroker);
tracehop_testing::broker_conformance!(nats_conforms, NatsBroker);
