//! The carriers, made from whatever headers their transport can hold.

mod amqp;
mod amqp_value;
mod kafka;
mod map;
mod memory;
mod nats;
mod raw_names;
mod transport;

pub(crate) use amqp::Amqp;
pub(crate) use kafka::Kafka;
pub(crate) use map::Map;
pub(crate) use memory::Memory;
pub(crate) use nats::Nats;
pub(crate) use transport::{Edit, Held, Transport};
