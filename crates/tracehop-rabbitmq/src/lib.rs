//! OpenTelemetry tracing for RabbitMQ with [lapin].
//!
//! ```no_run
//! # use futures::TryStreamExt;
//! # use lapin::{BasicProperties, ConnectionProperties, options::*, types::FieldTable};
//! use tracehop_rabbitmq::{MessagingTracer, TracedConnection};
//!
//! # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
//! # async fn f() -> lapin::Result<()> {
//! let tracer = MessagingTracer::global();
//! let uri = "amqp://localhost:5672/%2f";
//! let connection = TracedConnection::connect(uri, ConnectionProperties::default(), &tracer).await?;
//! let channel = connection.create_channel().await?;
//!
//! channel.confirm_select(ConfirmSelectOptions::default()).await?;
//! let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
//! // The first await sends the message, the second one waits for the broker's answer, which ends the span.
//! channel.basic_publish("".into(), "orders".into(), options, b"{}", properties).await?.await?;
//!
//! let options = BasicConsumeOptions::default();
//! let mut orders = channel.basic_consume("orders".into(), "".into(), options, FieldTable::default()).await?;
//! while let Some(order) = orders.try_next().await? {
//!     // A failed order stops nothing. The queue's dead-letter exchange gets it, in the same trace; a queue without one
//!     // discards it.
//!     match order.process(handle(&order.data)).await {
//!         Ok(()) => order.ack(BasicAckOptions::default()).await?,
//!         Err(_) => order.reject(BasicRejectOptions::default()).await?,
//!     };
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Wrap the connection, or a channel: `channel.traced(&tracer)`. Every message it publishes then carries a creation context,
//! and every message it handles gets a span that continues the trace of the span that published it. The wrappers have the
//! client's own methods; results come back untouched.
//!
//! | lapin | traced |
//! |---|---|
//! | `Connection`, also in an `Arc` | [`TracedConnection`] |
//! | `Channel`, also in an `Arc` | [`TracedChannel`] |
//! | `PublisherConfirm` | [`TracedConfirm`] |
//! | `Consumer`, and a function as its delegate | [`TracedConsumer`], [`set_delegate`](TracedConsumer::set_delegate) |
//! | `Delivery`, and its `Acker` | [`TracedDelivery`], which is a [`FromQueue`], and its [`TracedAcker`] |
//! | `BasicGetMessage` | [`TracedBasicGetMessage`] |
//! | `FieldTable`; `headers` of `BasicProperties` | [`AmqpHeaders`]; [`AmqpHeadersMut`] |
//!
//! A message goes on to a retry queue or to dead letters with [`TracedChannel::forward`], also after its handler.
//!
//! A [`Requester`] sends requests, and gets their replies over direct reply-to; [`TracedChannel::reply`] answers them.
//!
//! # Many at once
//!
//! lapin handles one message at a time. These handle several, with one span that links to each:
//!
//! | What | With |
//! |---|---|
//! | Publish [`OutgoingMessage`]s in their order, with all confirms on their way at once | [`TracedChannel::publish_all`] |
//! | Get deliveries, as many as there are within some time | [`TracedConsumer::batches`] |
//! | Handle them | [`process_batch`] |
//! | Settle them with one frame; read there what else it settles | [`ack_all`], [`nack_all`] |
//!
//! # Spans
//!
//! `publish {destination}`, `request {destination}`, `process {destination}`, `ack`, `nack` or `reject {destination}` and, if
//! asked for, `receive {destination}`. They follow the [semantic conventions] for RabbitMQ, with routing key, delivery tag, message id
//! and correlation id, and also say whether and how often the message was delivered before. The broker's address is that of
//! the URI of a [`TracedConnection`], or is given with [`TracedChannel::with_facts`]: lapin does not tell it.
//!
//! `messaging.destination.name` of a published message is `{exchange}:{routing key}`, and that of a received message is
//! `{exchange}:{routing key}:{queue}`. Empty parts are left out, and so is a queue that is the routing key. A message that
//! is published with neither exchange nor routing key goes to `amq.default`.
//!
//! Everybody who may publish chooses routing keys, so the names of spans have less than that:
//!
//! | Span of | The first of these that holds |
//! |---|---|
//! | either | the pattern that the routing key matches, if patterns are given: [`with_templates`](TracedChannel::with_templates) |
//! | either | nothing, for queues with generated names (`amq.gen-…`, `spring.gen-…`, `amq.rabbitmq.reply-to…`) |
//! | a publish, a request | `{exchange}:{routing key}`, without the routing key if a part of it [looks like an identifier](tracehop::has_id_segment); the default exchange has no name |
//! | a delivery | the queue, with its exchange before it if the queue is the routing key; `{exchange}` if the queue is not known |
//!
//! Names with control characters are left out too. Every part of a name and every id has at most 255 bytes, because AMQP has
//! no longer ones.
//!
//! # What makes no spans
//!
//! The wrappers deref to the client's own values, and what is given one of those is not traced:
//!
//! | Code | In its place |
//! |---|---|
//! | A function that takes a `&Channel` or a `&Connection` | Let it take a [`TracedChannel`], or a [`TracedConnection`] |
//! | A function that takes a `&Delivery` and settles it | Let it take a [`TracedDelivery`], or a [`TracedAcker`] |
//! | `got.delivery.acker.ack(..)` of a `BasicGetMessage` | `got.acker.ack(..)`, or `got.ack(..)` |
//! | What `inner()` and `into_inner()` of a wrapper return | The wrapper |
//!
//! `order.ack(..)` and `order.acker.ack(..)` are traced.
//!
//! # lapin's own span
//!
//! lapin makes a span `io_loop` of its own through the `tracing` crate, which lasts as long as the connection and is a root of
//! its own trace. Where `tracing` spans are exported, a filter for the target `lapin` keeps it out, for example
//! `EnvFilter::new("info,lapin=warn")`.
//!
//! # Headers
//!
//! A header table holds values of many types. Context is written as long strings, and read from all types that can hold
//! text. All other headers stay as they are. Context for which the header frame has no room is left out, because the broker
//! closes the connection over a frame that is too long.
//!
//! # Cargo features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `metrics`, `metrics-bound`, `policy-file`, `tower` | no | those of core: see [tracehop](https://docs.rs/tracehop) |
//! | `tracing` | no | `TracingBridge`: what is logged with the crate `tracing` in a handler lands on the process span |
//!
//! This crate turns on none of lapin's own features (runtime, TLS), which are the application's to choose.
//!
//! [lapin]: https://docs.rs/lapin
//! [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/rabbitmq.md

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod amqp_destination;
mod carrier;
mod channel;
mod connection;
mod consumed_queues;
mod consumer;
mod delivery_attempt;
mod describe;
mod frame;
mod producer;
mod replies;
pub mod semconv;
mod settle;
mod settlement;
mod system;

pub use carrier::{AmqpHeaders, AmqpHeadersMut};
pub use channel::TracedChannel;
pub use connection::TracedConnection;
pub use consumer::{
    FromQueue, QueueMessage, TracedAcker, TracedBasicGetMessage, TracedConsumer, TracedDelivery, ack_all,
    nack_all,
};
pub use producer::{OutgoingMessage, Requester, TracedConfirm};
pub use replies::RequestError;
pub use system::RabbitMq;
/// All of core, and the client in the version that is wrapped, so that an application needs no other dependency. Where it
/// chooses the client's features it has one on the client too.
#[doc(no_inline)]
pub use {lapin, tracehop::*};
