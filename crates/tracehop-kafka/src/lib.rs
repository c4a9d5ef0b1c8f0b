//! OpenTelemetry tracing for Apache Kafka with [rdkafka].
//!
//! Wrap the client once: `client.traced(&tracer)`. Every message it sends then carries a creation context, and every
//! message it handles gets a span that is linked to the span that sent it. The wrappers have the client's own methods
//! and implement rdkafka's `Producer` and `Consumer`; results come back untouched.
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
//! id once it is known (it is never waited for), and the message key if the tracer records keys.
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

mod carrier;
mod consumer;
mod describe;
#[cfg(feature = "embedded")]
mod embedded_broker;
mod ffi;
mod producer;
pub mod semconv;
mod settle;
mod system;
mod tracer;
mod undo;

pub use carrier::{KafkaHeaders, KafkaHeadersMut};
pub use consumer::{
    TracedBaseConsumer, TracedIter, TracedMessage, TracedMessageStream, TracedPartitionQueue,
    TracedStreamConsumer, TracedStreamPartitionQueue,
};
#[cfg(feature = "embedded")]
pub use embedded_broker::EmbeddedBroker;
pub use producer::{
    TraceableProducer, TracedBaseProducer, TracedDeliveryFuture, TracedFutureProducer, TracedOpaque,
    TracedProducerContext, TracedThreadedProducer,
};
pub use system::Kafka;
pub use tracehop::{ClientFacts, IntoTraced, MessagingTracer, Received};

/// The README's code compiles, and its assertions hold.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
