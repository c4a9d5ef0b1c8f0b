//! What clients talk to, each in a process of its own, so that CPU time is the client's alone: small servers on loopback ports
//! that say what a broker would, from prepared bytes. They store nothing.
//!
//! - `server`: which there are; `process`: the parent's side; `serve`: the child's, over `listen`
//! - `kafka`: librdkafka's mock cluster, filled; `amqp`, `nats`: the two protocols, as far as the clients need them
//! - `mail`: the messages that they deliver
//! - `sink`: takes spans as OTLP over HTTP, and counts them with `span_count`, or shows one of the faults of `behaviour`

mod amqp;
mod behaviour;
mod kafka;
mod listen;
mod mail;
mod nats;
mod process;
mod serve;
mod server;
mod sink;
mod span_count;

pub(crate) use behaviour::Behaviour;
pub(crate) use kafka::{PARTITIONS, few};
pub(crate) use mail::{DELIVER, Kind, MESSAGES, Mail, STREAM, Size};
pub(crate) use process::Process;
pub use serve::serve;
pub(crate) use server::Server;
