//! The conformance suite on every broker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kafka;
mod nats;
mod own;
mod rabbitmq;
mod support;

use kafka::KafkaBroker;
use nats::NatsBroker;
use rabbitmq::RabbitMqBroker;
use support::{DEADLINE, unique};

tracehop_testing::broker_conformance!(kafka_conforms, KafkaBroker);
tracehop_testing::broker_conformance!(rabbitmq_conforms, RabbitMqBroker);
tracehop_testing::broker_conformance!(nats_conforms, NatsBroker);

tracehop_testing::killed_broker_conformance!(kafka_killed_conforms, KafkaBroker, own::kafka());
tracehop_testing::killed_broker_conformance!(rabbitmq_killed_conforms, RabbitMqBroker, own::rabbitmq());
tracehop_testing::killed_broker_conformance!(nats_killed_conforms, NatsBroker, own::nats());
