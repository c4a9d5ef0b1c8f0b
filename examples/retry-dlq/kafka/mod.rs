//! Kafka: a retry topic for each delay, a topic of dead letters, a parking lot.

mod broker;
mod kafka;
mod payments;
mod support;

pub(crate) use kafka::Kafka;
