//! OpenTelemetry tracing for RabbitMQ with [lapin].
//!
//! Wrap the channel once: `channel.traced(&tracer)`. Every message it publishes then carries a creation context, and
//! every message it handles gets a span that is linked to the span that published it. The wrappers have the client's
//! own methods; results come back untouched.
//!
//! | lapin | traced |
//! |---|---|
//! | `Channel` | [`TracedChannel`] |
//! | `PublisherConfirm` | [`TracedConfirm`] |
//! | `Consumer`, and a function as its delegate | [`TracedConsumer`], [`set_delegate`](TracedConsumer::set_delegate) |
//! | `Delivery` and its `Acker` | [`TracedDelivery`], settled by [`FromQueue`] |
//! | `BasicGetMessage` | [`TracedBasicGetMessage`] |
//! | `FieldTable`; `headers` of `BasicProperties` | [`AmqpHeaders`]; [`AmqpHeadersMut`] |
//!
//! ```no_run
//! # use futures::TryStreamExt;
//! # use lapin::{BasicProperties, Connection, options::*, types::FieldTable};
//! use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
//!
//! # async fn handle(payload: &[u8]) -> lapin::Result<()> { Ok(()) }
//! # async fn f(connection: Connection) -> lapin::Result<()> {
//! let channel = connection.create_channel().await?.traced(&MessagingTracer::global());
//! let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
//! channel.basic_publish("".into(), "orders".into(), options, b"{}", properties).await?.await?;
//!
//! let options = BasicConsumeOptions::default();
//! let mut orders = channel.basic_consume("orders".into(), "".into(), options, FieldTable::default()).await?;
//! while let Some(order) = orders.try_next().await? {
//!     order.process(async {
//!         handle(&order.data).await?;
//!         order.ack(BasicAckOptions::default()).await
//!     }).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Spans
//!
//! `publish {destination}`, `process {destination}`, `ack`, `nack` or `reject {destination}` and, if asked for,
//! `receive {destination}`. They follow the [semantic conventions] for RabbitMQ, with routing key, delivery tag, message id
//! and correlation id, and also say whether and how often the message was delivered before. lapin does not tell the
//! broker's address; [`TracedChannel::with_facts`] adds it.
//!
//! The destination of a published message is `{exchange}:{routing key}`, and that of a received message is
//! `{exchange}:{routing key}:{queue}`. Empty parts are left out, and so is a queue that is the routing key. A message that
//! is published with neither exchange nor routing key goes to `amq.default`. Queues with generated names (`amq.gen-…`,
//! `spring.gen-…`, `amq.rabbitmq.reply-to…`) are kept out of the spans' names.
//!
//! # Headers
//!
//! A header table holds values of many types. Context is written as long strings, and read from all types that can hold
//! text. All other headers stay as they are. Context for which the header frame has no room is left out, because the broker
//! closes the connection over a frame that is too long.
//!
//! # Cargo features
//!
//! This crate has no features. It turns on none of lapin's (runtime, TLS), which are the application's to choose.
//!
//! [lapin]: https://docs.rs/lapin
//! [semantic conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/rabbitmq.md

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod amqp_destination;
mod carrier;
mod channel;
mod consumer;
mod delivery_attempt;
mod describe;
mod frame;
mod producer;
pub mod semconv;
mod settle;
mod settlement;
mod system;

pub use carrier::{AmqpHeaders, AmqpHeadersMut};
pub use channel::TracedChannel;
pub use consumer::{FromQueue, QueueMessage, TracedBasicGetMessage, TracedConsumer, TracedDelivery};
pub use producer::TracedConfirm;
pub use system::RabbitMq;
pub use tracehop::{IntoTraced, MessagingTracer, Received};
