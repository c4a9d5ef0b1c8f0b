//! Addresses of running brokers, from the environment.

use anyhow::Context;

/// The variable that holds RabbitMQ's URL.
pub const AMQP_URL: &str = "TRACEHOP_AMQP_URL";

/// The variable that holds the NATS server's URL.
pub const NATS_URL: &str = "TRACEHOP_NATS_URL";

/// The URL of a RabbitMQ.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn amqp_url() -> anyhow::Result<String> {
    given("RabbitMQ", AMQP_URL)
}

/// The URL of a NATS server with JetStream.
///
/// # Errors
///
/// None was given. The message says how to get one.
pub fn nats_url() -> anyhow::Result<String> {
    given("NATS", NATS_URL)
}

fn given(broker: &str, variable: &str) -> anyhow::Result<String> {
    std::env::var(variable).with_context(|| {
        format!("this test needs a {broker}: run `cargo xtask test`, which starts one, or set {variable} to its address")
    })
}
