//! The same operations without a broker on RabbitMQ's and NATS's headers, beside those on Kafka's in `headers` and `spans`.
//!
//! - `transport`: what differs, implemented in `amqp` and `nats`
//! - who does it: `client` (tracehop), `service` (by hand on OpenTelemetry's API), `least` (the floor)
//! - `cases`: the rows of the table; `operations`: what the guard counts

mod amqp;
mod asked;
mod cases;
mod client;
mod least;
mod nats;
mod operations;
mod service;
mod transport;

pub(crate) use cases::cases;
pub(crate) use operations::operations;
pub(crate) use service::Put;
pub(crate) use transport::Transport;
