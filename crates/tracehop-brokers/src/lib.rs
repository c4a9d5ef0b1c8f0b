//! Real Kafka, RabbitMQ and NATS for integration tests, with Docker and without it, and a proxy that breaks connections.
//!
//! ```no_run
//! # async fn test() -> Result<(), tracehop_brokers::Error> {
//! let kafka = tracehop_brokers::kafka().await?;
//! let rabbitmq = tracehop_brokers::rabbitmq().await?;
//! let nats = tracehop_brokers::nats().await?;
//!
//! // For the clients that are tested, whichever they are.
//! println!("{} {} {}", kafka.bootstrap_servers(), rabbitmq.amqp_url(), nats.url());
//! # Ok(())
//! # }
//! ```
//!
//! It knows no client, and nothing of tracing: it is for any suite.
//!
//! # Where a broker comes from
//!
//! | Order | Source | When |
//! |---|---|---|
//! | 1 | [`Given`](Source::Given) | A variable holds its address: `TRACEHOP_KAFKA_BROKERS`, `TRACEHOP_AMQP_URL` or `TRACEHOP_NATS_URL`. If nobody answers there that is an error: no other source is tried |
//! | 2 | [`Docker`](Source::Docker) | A container engine answers: the pinned official image, or that of `TRACEHOP_KAFKA_IMAGE`, `TRACEHOP_RABBITMQ_IMAGE`, `TRACEHOP_NATS_IMAGE`, or of [`image`](Start::image) |
//! | 3 | [`Native`](Source::Native) | It is installed: a process with a private folder and loopback ports that were free. Root is not needed. Unix only |
//!
//! `TRACEHOP_KAFKA_SOURCE` and the like, with the value `docker` or `native`, leave one of the last two.
//!
//! A program that is not on the path is named by `TRACEHOP_NATS_SERVER`, `TRACEHOP_RABBITMQ_SERVER`, `TRACEHOP_EPMD` or
//! `TRACEHOP_JAVA`, and Kafka's jars are in the folder `TRACEHOP_KAFKA_JARS`, or in `libs` of `KAFKA_HOME`.
//!
//! It is ready when it has answered in its own protocol: a port that accepts proves nothing. An [`Error`] names the broker, what
//! was tried, what the broker printed last, and what would help.
//!
//! # How long it runs
//!
//! All tests of a program that ask for the same broker with the same options share one, which runs until the program ends.
//! Tests that share a broker use topics, queues and subjects of their own. A test that wants to break its broker asks for
//! [one of its own](Start::owned), which runs until it is dropped. [`kill`](RunningBroker::kill) and
//! [`restart`](RunningBroker::restart) keep its port and its data.
//!
//! Whatever was started is stopped when the program ends: also after a panic, an interruption from the terminal, or
//! `kill -9`. For that each process, and the containers together, have a keeper: a shell that waits for the end of the program.
//! Nothing is done to the program's signals. Where there is no shell, or no `docker` on the path, containers that tests share run
//! while a test has them, and a program that is killed leaves them; they bear the label `tracehop.run`.
//!
//! # Runtimes
//!
//! Brokers live on threads of this crate. A test may wait for one on any executor, or [block](Start::blocking) without one.
//!
//! # Features
//!
//! - `docker`, on by default: containers, by testcontainers.
//!
//! # A way to a broker that fails
//!
//! [`FaultProxy`] stands between a client and its server. A [`Fault`] slows down, holds up, cuts or refuses connections: all of
//! them, or one [`ProxyConnection`]; in both directions, or in one [`Direction`]; until it is healed, or for a time.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
#[cfg(feature = "docker")]
mod docker;
mod error;
mod found;
mod handshake;
mod host;
mod kafka;
mod kept;
mod last_words;
mod native;
mod nats;
mod ports;
mod process;
mod program;
mod proxy;
mod rabbitmq;
#[cfg_attr(not(feature = "docker"), allow(dead_code, unused_imports, reason = "what containers are told"))]
mod recipes;
mod running_broker;
mod shared;
mod source;
mod start;
mod wanted;

pub use broker_table::{Broker, UnknownBroker};
pub use error::Error;
pub use kafka::{Kafka, kafka};
pub use nats::{Nats, nats};
#[doc(hidden)]
pub use process::Group;
pub use program::Program;
pub use proxy::{Direction, Fault, FaultProxy, FaultProxyBuilder, ProxyConnection, ProxyError};
pub use rabbitmq::{RabbitMq, rabbitmq};
pub use running_broker::RunningBroker;
pub use source::{Source, UnknownSource};
pub use start::Start;

/// The README's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Asks for the broker that a value names, for code that treats all of them alike. See [`Start`] for what may be said of it.
pub fn broker(broker: Broker) -> Start {
    Start::new(broker)
}
