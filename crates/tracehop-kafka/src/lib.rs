//! OpenTelemetry tracing for Apache Kafka with [rdkafka].
//!
//! Every message that a traced client sends carries a creation context, and every message that it handles gets a span that
//! is linked to the span that sent it. The wrappers have the client's own methods and implement rdkafka's `Producer` and
//! `Consumer`; results come back untouched.
//!
//! ```no_run
//! use rdkafka::ClientConfig;
//! use rdkafka::consumer::{CommitMode, Consumer};
//! # use rdkafka::error::KafkaError;
//! use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message};
//! use rdkafka::producer::FutureRecord;
//! use rdkafka::util::Timeout;
//! use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
//!
//! # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
//! # async fn f() -> Result<(), KafkaError> {
//! let mut config = ClientConfig::new();
//! config
//!     .set("bootstrap.servers", "localhost:9092")
//!     .set("group.id", "billing")
//!     // An order is done when the code below says so, and not when it was fetched.
//!     .set("enable.auto.commit", "false");
//! let producer = config.create::<TracedFutureProducer>()?;
//! let consumer = config.create::<TracedStreamConsumer>()?;
//! consumer.subscribe(&["orders"])?;
//! loop {
//!     let order = consumer.recv().await?;
//!     order.process(async {
//!         // A failed order goes to the dead letters, inside its trace, and is committed like any other.
//!         match handle(order.payload()).await {
//!             Ok(()) => Ok(()),
//!             Err(_) => bury(&producer, &order).await,
//!         }
//!     }).await?;
//!     consumer.commit_message(&order, CommitMode::Async)?;
//! }
//! # }
//!
//! async fn bury(producer: &TracedFutureProducer, order: &BorrowedMessage<'_>) -> Result<(), KafkaError> {
//!     let mut record = FutureRecord::to("orders.dead");
//!     record.key = order.key();
//!     record.payload = order.payload();
//!     // The context among the headers is replaced by that of this send.
//!     record.headers = order.headers().map(BorrowedHeaders::detach);
//!     producer.send(record, Timeout::Never).await.map(drop).map_err(|(error, _)| error)
//! }
//! ```
//!
//! This loop handles every order at least once, also if it is killed: an order is committed after it was handled, and only
//! after all orders before it. What several handlers at once do to that is in [`TracedStreamConsumer`]'s documentation.
//!
//! # Clients
//!
//! `config.create::<TracedFutureProducer>()` is the shortest form: it uses the global tracer provider. With a tracer of your
//! own call [`client.traced(&tracer)`](IntoTraced::traced) on rdkafka's client, on an `Arc` of it, or on the traced client.
//! Client id, group and server are read from the client's configuration; `with_facts` says what is right where that is not.
//!
//! | rdkafka | traced |
//! |---|---|
//! | `FutureProducer` | [`TracedFutureProducer`] |
//! | `BaseProducer`, `ThreadedProducer` (made with a [`TracedProducerContext`]) | [`TracedBaseProducer`], [`TracedThreadedProducer`] |
//! | `StreamConsumer`, its `stream()` and partition queues | [`TracedStreamConsumer`], [`TracedMessageStream`], [`TracedStreamPartitionQueue`] |
//! | `BaseConsumer`, its `iter()` and partition queues | [`TracedBaseConsumer`], [`TracedIter`], [`TracedPartitionQueue`] |
//! | `BorrowedHeaders`; `headers` of a record | [`KafkaHeaders`]; [`KafkaHeadersMut`] |
//!
//! # Spans
//!
//! `send {topic}`, `process {topic}`, `commit {topic}` and, if asked for, `poll {topic}`, after the [semantic
//! conventions] for Kafka, with partition, offset, group, client id, the first bootstrap server, tombstone, the cluster's
//! id once it is known, and the message key if the tracer records keys. The cluster's id is never waited for: the first
//! sends have it because it is known when their delivery reports come.
//!
//! # Headers
//!
//! Kafka's headers are append-only lists that may repeat names and hold nulls. Injection leaves each context header
//! exactly once, and everything else as it was. Reading copes with all of it, also with names that are not UTF-8, on
//! which rdkafka's own iteration panics.
//!
//! # Cargo features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `embedded` | no | `EmbeddedBroker`, a cluster inside the process for tests and demonstrations |
//!
//! rdkafka's own features (TLS, compression) are the application's to choose: this crate turns on `tokio` alone.
//!
//! [rdkafka]: https://docs.rs/rdkafka
//! [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/kafka.md

#![cfg_attr(docsrs, feature(doc_cfg))]

mod carrier;
mod consumer;
mod describe;
#[cfg(feature = "embedded")]
mod embedded_broker;
mod ffi;
mod kafka_message;
mod producer;
pub mod semconv;
mod settle;
mod system;
mod tracer;
mod undo;

pub use carrier::{KafkaHeaders, KafkaHeadersMut};
pub use consumer::{
    TracedBaseConsumer, TracedIter, TracedMessage, TracedMessageStream, TracedOwnedMessage,
    TracedPartitionQueue, TracedStreamConsumer, TracedStreamPartitionQueue,
};
#[cfg(feature = "embedded")]
pub use embedded_broker::EmbeddedBroker;
pub use kafka_message::KafkaMessage;
pub use producer::{
    TraceableProducer, TracedBaseProducer, TracedDeliveryFuture, TracedFutureProducer, TracedOpaque,
    TracedProducerContext, TracedThreadedProducer,
};
pub use system::Kafka;
/// All of core, so that an application needs no other dependency.
#[doc(no_inline)]
pub use tracehop::*;

/// The README's code compiles, and its assertions hold.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
