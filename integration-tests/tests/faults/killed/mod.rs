//! Services that are built from the code of the documentation, and killed while they work.

mod code;
mod kafka;
mod nats;
mod orders;
mod program;
mod rabbitmq;
pub(crate) mod service;
