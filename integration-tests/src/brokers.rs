//! Addresses of running brokers, from the environment.

use anyhow::bail;

use broker_table::{Broker, set};

/// The bootstrap servers of an Apache Kafka: `host:port`, with commas between several.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn kafka_brokers() -> anyhow::Result<String> {
    address(Broker::Kafka)
}

/// The URL of a RabbitMQ.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn amqp_url() -> anyhow::Result<String> {
    address(Broker::RabbitMq)
}

/// The URL of a NATS server with JetStream.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn nats_url() -> anyhow::Result<String> {
    address(Broker::Nats)
}

/// The address of a broker.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn address(broker: Broker) -> anyhow::Result<String> {
    let variable = broker.address_variable();
    if let Some(address) = set(variable) {
        return Ok(address);
    }
    if let Some(reason) = set(&broker.not_run_variable()) {
        bail!("this test needs a {broker}, and there is none: {reason}");
    }
    bail!(
        "this test needs a {broker}: run `cargo xtask test`, which starts one, or set {variable} to its address"
    )
}
