//! Addresses of running brokers, from the environment.

use anyhow::bail;

use crate::Broker;

/// The bootstrap servers of an Apache Kafka: `host:port`, with commas between several.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn kafka_brokers() -> anyhow::Result<String> {
    given(Broker::Kafka)
}

/// The URL of a RabbitMQ.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn amqp_url() -> anyhow::Result<String> {
    given(Broker::RabbitMq)
}

/// The URL of a NATS server with JetStream.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn nats_url() -> anyhow::Result<String> {
    given(Broker::Nats)
}

fn given(broker: Broker) -> anyhow::Result<String> {
    let variable = broker.address_variable();
    if let Some(address) = read(variable) {
        return Ok(address);
    }
    if let Some(reason) = read(broker.not_run_variable()) {
        bail!("this test needs a {broker}, and there is none: {reason}");
    }
    bail!(
        "this test needs a {broker}: run `cargo xtask test`, which starts one, or set {variable} to its address"
    )
}

/// A variable that is set to something: an empty one is how a shell or a CI file takes a setting back.
pub(crate) fn read(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
