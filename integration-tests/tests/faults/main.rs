//! What becomes of messages and spans when the way to a broker, or to the telemetry backend, fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests"
)]

mod book;
mod exporters;
mod incident;
mod kafka;
mod killed;
mod load;
mod nats;
mod rabbitmq;
#[path = "../support/mod.rs"]
mod support;
