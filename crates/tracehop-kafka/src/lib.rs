//! OpenTelemetry tracing for Apache Kafka with [rdkafka].
//!
//! Every message that a traced client sends carries a creation context, and every message that it handles gets a span that
//! is linked to the span that sent it. The wrappers have the client's own methods and implement rdkafka's `Producer` and
//! `Consumer`; results come back untouched.
//!
//! ```no_run
//! use rdkafka::consumer::Consumer;
//! # use rdkafka::error::KafkaError;
//! use rdkafka::{ClientConfig, Message};
//! use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
//!
//! # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
//! # async fn f() -> Result<(), KafkaError> {
//! let mut config = ClientConfig::new();
//! config
//!     .set("bootstrap.servers", "localhost:9092")
//!     .set("group.id", "billing")
//!     // An order is done when the code below says so, and not when it was handed out.
//!     .set("enable.auto.offset.store", "false");
//! let producer = config.create::<TracedFutureProducer>()?;
//! let consumer = config.create::<TracedStreamConsumer>()?;
//! consumer.subscribe(&["orders"])?;
//! loop {
//!     let order = consumer.recv().await?;
//!     // A failed order goes to the dead letters, inside its trace, and is then done like any other.
//!     order.process_or(handle(order.payload()), |error| producer.forward(&order, "orders.dead", error)).await?;
//!     // librdkafka commits what is stored: every five seconds, and when the consumer is dropped.
//!     consumer.store_offset_from_message(&order)?;
//! }
//! # }
//! ```
//!
//! This loop handles every order at least once, also if it is killed: an order's offset is stored after it was handled, and
//! only after all orders before it. One order that fails stops nothing. What is sent and forwarded for an order is in its
//! trace:
//!
//! ```text
//! send orders                 PRODUCER  #1
//! └ process orders            CONSUMER  links: #1
//!   └ send orders.dead        PRODUCER  #2
//!     └ process orders.dead   CONSUMER  links: #2
//! ```
//!
//! [`TracedStreamConsumer`]'s documentation says what several handlers at once do to order and offsets. The example
//! [worker-pools] has a program for each shape of a consumer: one after the other, concurrent, a task for each partition, a
//! pool of tasks, and threads that block.
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
//! | `BorrowedMessage`; `OwnedMessage` | [`TracedMessage`]; [`TracedOwnedMessage`], which [`detach`](Received::detach) makes of it |
//! | `BorrowedHeaders`; `headers` of a record | [`KafkaHeaders`]; [`KafkaHeadersMut`] |
//!
//! What rdkafka does for one message, and has no method for several:
//!
//! | for several messages | of |
//! |---|---|
//! | `send_all`: sends records, and gives one result for each | all producers: [`TracedFutureProducer::send_all`] |
//! | `batches`: gets messages together, for [`process_batch`] | both consumers: [`TracedBatches`], [`TracedBatchIter`] |
//! | `commit_all`: commits them with one request; `store_all`: stores their offsets, for the client to commit | both consumers: [`TracedStreamConsumer::commit_all`], [`TracedStreamConsumer::store_all`] |
//!
//! # Spans
//!
//! `send {topic}`, `process {topic}`, `commit {topic}` and, if asked for, `poll {topic}`, after the [semantic
//! conventions] for Kafka. `send_all` makes one `send {topic}` for the call, and below it a `create {topic}` for each record,
//! whose context the record carries. `batches` makes a `poll {topic}` for each batch unasked. The spans have partition,
//! offset, group, client id, the first bootstrap server, tombstone, the cluster's id once it is known, and the message key if
//! the tracer records keys. The cluster's id is never waited for: the first sends have it because it is known when their
//! delivery reports come.
//!
//! A commit is a child of the span in which its message was processed, although that has ended. `commit_all` makes one commit
//! span that links to each message. It is a child of the span in which all of them were processed, if there is one; else of what
//! is current, or of the span in which the last of them was processed. A commit of a list of offsets, or of the consumer's state,
//! is a child of what is current, and alone makes no trace. Nor does a commit of librdkafka's own. So there is no span for what
//! is only stored, by `store_offset_from_message` or `store_all`.
//!
//! # Transactions
//!
//! `commit_transaction` and `abort_transaction` make a span that links to each message which was sent in the transaction, and
//! all spans of a transaction have the attribute
//! [`tracehop.kafka.transaction`](semconv::TRACEHOP_KAFKA_TRANSACTION). With nothing current that span is put where the
//! transaction was done, so that it is in the trace of the order below:
//!
//! ```no_run
//! # use std::time::Duration;
//! use rdkafka::consumer::Consumer;
//! use rdkafka::producer::{FutureRecord, Producer};
//! use rdkafka::{Message, Offset, TopicPartitionList};
//! use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
//!
//! const DEADLINE: Duration = Duration::from_secs(30);
//!
//! async fn bill(
//!     consumer: &TracedStreamConsumer,
//!     producer: &TracedFutureProducer, // with a `transactional.id`, after `init_transactions`
//! ) -> Result<(), rdkafka::error::KafkaError> {
//!     let order = consumer.recv().await?;
//!     producer.begin_transaction()?;
//!     let handled = order.process(async {
//!         let invoice = FutureRecord::<(), _>::to("invoices").payload("{}");
//!         producer.send(invoice, DEADLINE).await.map_err(|(error, _)| error)?;
//!         let mut offsets = TopicPartitionList::new();
//!         offsets.add_partition_offset(order.topic(), order.partition(), Offset::Offset(order.offset() + 1))?;
//!         let group = consumer.group_metadata().ok_or(rdkafka::error::KafkaError::Canceled)?;
//!         producer.send_offsets_to_transaction(&offsets, &group, DEADLINE)
//!     });
//!     match handled.await {
//!         Ok(()) => producer.commit_transaction(DEADLINE),
//!         Err(error) => {
//!             producer.abort_transaction(DEADLINE)?;
//!             // The order is not settled: seek back to it, or forward it to the dead letters in another transaction.
//!             Err(error)
//!         }
//!     }
//! }
//! ```
//!
//! ```text
//! send orders                            PRODUCER  #1
//! └ process orders                       CONSUMER  links: #1
//!   ├ send invoices                      PRODUCER  #2
//!   ├ send_offsets orders                CLIENT
//!   └ commit_transaction localhost:9092  CLIENT    links: #2
//! ```
//!
//! # Retries and dead letters
//!
//! [`forward`](TracedFutureProducer::forward) sends a received message on, in the handler or after it. A copy that you send
//! yourself with the message's headers belongs to the journey too, wherever it is sent: the context on it is known to be one
//! that this process received lately, and is replaced by that of the send. What else is sent because of a message, after its
//! handler, is put into its trace by [`follow_up`](Received::follow_up).
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
//! | `metrics`, `metrics-bound`, `policy-file`, `tower` | no | those of core: see [tracehop](https://docs.rs/tracehop) |
//! | `tracing` | no | `TracingBridge`: what is logged with the crate `tracing` in a handler lands on the process span |
//!
//! rdkafka's own features (TLS, compression) are the application's to choose: this crate turns on `tokio` alone.
//!
//! [rdkafka]: https://docs.rs/rdkafka
//! [worker-pools]: https://github.com/tracehop/tracehop/tree/main/examples/worker-pools
//! [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/kafka.md

#![cfg_attr(docsrs, feature(doc_cfg))]

mod carrier;
mod committable;
mod consumer;
mod describe;
#[cfg(feature = "embedded")]
mod embedded_broker;
mod ffi;
mod kafka_message;
mod not_traceable;
mod producer;
pub mod semconv;
mod settle;
mod system;
mod tracer;
mod transaction;
mod undo;

pub use carrier::{KafkaHeaders, KafkaHeadersMut};
pub use committable::Committable;
pub use consumer::{
    TracedBaseConsumer, TracedBatchIter, TracedBatches, TracedIter, TracedMessage, TracedMessageStream,
    TracedOwnedMessage, TracedPartitionQueue, TracedStreamConsumer, TracedStreamPartitionQueue,
};
#[cfg(feature = "embedded")]
pub use embedded_broker::EmbeddedBroker;
pub use kafka_message::KafkaMessage;
pub use producer::{
    TraceableProducer, TracedBaseProducer, TracedDeliveryFuture, TracedFutureProducer, TracedOpaque,
    TracedProducerContext, TracedThreadedProducer,
};
pub use system::Kafka;
/// All of core, and the client in the version that is wrapped, so that an application needs no other dependency. Where it
/// chooses the client's features it has one on the client too.
#[doc(no_inline)]
pub use {rdkafka, tracehop::*};

/// The README's code compiles, and its assertions hold.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
