//! OpenTelemetry tracing for NATS and JetStream with [async-nats].
//!
//! Every message that a traced client sends carries a creation context, and every message that it handles gets a span that is
//! linked to the span that sent it. The wrappers have the client's own methods and implement its traits; results come back
//! untouched.
//!
#![cfg_attr(feature = "jetstream", doc = "```no_run")]
#![cfg_attr(not(feature = "jetstream"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use async_nats::jetstream::{self, AckKind, consumer::PullConsumer};
//! use futures::TryStreamExt;
//! use tracehop_nats::{IntoTraced, MessagingTracer};
//!
//! # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
//! # async fn f() -> Result<(), async_nats::Error> {
//! let tracer = MessagingTracer::global();
//! let client = async_nats::connect("localhost").await?;
//! let context = jetstream::new(client).traced(&tracer);
//! context.publish("orders.new", "{}".into()).await?.await?;
//!
//! let billing: PullConsumer = context.get_consumer_from_stream("billing", "orders").await?;
//! let mut orders = billing.traced(&tracer).messages().await?;
//! while let Some(order) = orders.try_next().await? {
//!     // A failed order goes to the dead letters, inside its trace. A stream has to take that subject.
//!     let bury = |error| context.forward(&order, "dead.orders", error);
//!     match order.process_or(handle(&order.payload), bury).await {
//!         Ok(()) => order.ack().await?,
//!         // It is nowhere else, so it shall come again.
//!         Err(_) => order.ack_with(AckKind::Nak(Some(Duration::from_secs(10)))).await?,
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! This loop handles every order at least once, also if it is killed: an order is acknowledged after it was handled or is
//! stored among the dead letters. The durable consumer `billing` has to ask for acknowledgements (`AckPolicy::Explicit`, which is
//! the client's default).
//!
//! # Core NATS and services
//!
//! Core NATS stores nothing: a message that nobody gets, or whose handler is killed, is lost.
//!
//! ```no_run
//! # use futures::StreamExt;
//! use tracehop_nats::{IntoTraced, MessagingTracer};
//!
//! # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
//! # async fn f() -> Result<(), async_nats::Error> {
//! let client = async_nats::connect("localhost").await?.traced(&MessagingTracer::global());
//! client.publish("news.eu", "{}".into()).await?;
//! let price = client.request("prices.get", "ord_42".into()).await?;
//! println!("{} bytes from span {}", price.payload.len(), price.creation().span_id());
//!
//! let mut news = client.queue_subscribe("news.*", "readers".into()).await?;
//! while let Some(item) = news.next().await {
//!     if let Err(error) = item.process(handle(&item.payload)).await {
//!         eprintln!("an item was not handled: {error}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A service is made like the client's own: `client.service_builder().start("prices", "1.0.0").await?`. Its endpoints and their
//! replies are traced.
//!
//! # Many at once
//!
//! | What | With |
//! |---|---|
//! | Publish several messages with one call | [`TracedClient::publish_all`], `TracedContext::publish_all` |
//! | Get several messages | `fetch()`, `batch()` and `sequence()` of a consumer, which ask the server for each batch; `TracedMessages::batches`, of a stream that fetches ahead |
//! | Handle several messages in one span | [`process_batch`] |
//! | Acknowledge several messages in one span | `ack_all` |
//!
//! # Types
//!
//! | async-nats | traced |
//! |---|---|
//! | `Client`, also in an `Arc` | [`TracedClient`] |
//! | `Subscriber` | [`TracedSubscriber`], which yields [`Received<FromSubject<Message>, Nats>`](FromSubject) |
//! | `HeaderMap` | [`NatsHeaders`]; [`NatsHeadersMut`] |
//! | `jetstream::Context`, also in an `Arc`, and its `PublishAckFuture` | `TracedContext` and `TracedPublishAckFuture` |
//! | `jetstream::Consumer`: pull, push, ordered | `TracedConsumer` |
//! | `pull::Stream`, `push::Messages`, `pull::Ordered`, `push::Ordered` | `TracedMessages`, which yields `TracedMessage` |
//! | The same, several messages at a time | `TracedBatches`: the client has none |
//! | `pull::Batch`, `pull::Sequence` | `TracedBatch`, `TracedSequence` |
//! | `jetstream::Message` and its `Acker` | `FromStream` and `TracedAcker` |
//! | `jetstream::StreamMessage`, and any message that no wrapper got | [`MessagingTracer::receive`] |
//! | `Service`, `Group`, `Endpoint`, `Request` of services | `TracedService`, `TracedServiceGroup`, `TracedEndpoint`, `TracedRequest` |
//!
//! Each wrapper has `with_tracer`, `with_facts` and, where it has to do with subjects, `with_templates`. What is traced already
//! and is traced again makes each span once, with the last tracer.
//!
//! # What is not traced
//!
//! | What | Instead |
//! |---|---|
//! | What is sent with [`TracedClient::inner`], also by code that was given `client.inner()` | Give it the [`TracedClient`], or an `impl` [`Publisher`](async_nats::client::traits::Publisher), which the wrapper is |
//! | A function that takes `&jetstream::Context`, given a `TracedContext` by `Deref` | `impl jetstream::context::traits::Publisher`; that one's spans end without the answer |
//! | A function that takes `&Consumer`, given a `TracedConsumer` by `Deref` | Let it take the `TracedConsumer` |
//! | `request.respond(..)` of a function that takes `&service::Request`, given a `TracedRequest` by `Deref` | Let it take the `TracedRequest` |
//! | `order.inner().ack()` | `order.ack()` |
//! | Key-value and object stores | Nothing: their messages have no handler |
//! | What is published to `$JS.`, `$SYS.` or `$SRV.` | Nothing: it is for the server |
//!
//! # Spans
//!
//! `publish {subject}`, `request {subject}`, `process {subject}`, `receive {subject}` for batches, `ack`, `nak`, `term` and
//! `next {subject}`, and `create {subject}` for each message that is published together with others.
//!
//! The subject of a message that was received stands in a span's name only if it is known to be one of few. In its place
//! stand, whichever is first: a pattern given to `with_templates` that it matches; the pattern of the subscription, or the
//! filter of the consumer; the name of the stream. Else there is none. The subject of a message that is sent stands there
//! unless a part of it [looks like an identifier](tracehop::has_id_segment), which is a guess: give patterns to
//! `with_templates` if there are many of them. The subject itself is always an attribute. Messages to subjects of the server itself (`$JS.…`)
//! get no spans at all.
//!
//! Spans have the message's identifier, the queue group or durable consumer, and the server's address. The semantic
//! conventions have no page for NATS yet, so what only NATS has is under the keys of [`semconv`].
//!
//! # Headers
//!
//! NATS headers are a map of names to lists of values. Injection leaves each context header exactly once, and everything
//! else as it was. What NATS cannot hold is left out and reported, and the message is sent without it: names and values on
//! which the client itself would panic, and headers for which the server has no room, because of its `max_payload` or
//! because a stream stores at most 64 KiB of headers.
//!
//! Reading also finds the `Xraceparent` of servers that rename the header.
//!
//! # Cargo features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `jetstream` | yes | streams, acknowledgements, pull and push consumers |
//! | `service` | yes | endpoints of services and their replies |
//! | `metrics`, `metrics-bound`, `policy-file`, `tower` | no | those of core: see [tracehop](https://docs.rs/tracehop) |
//! | `tracing` | no | `TracingBridge`: what is logged with the crate `tracing` in a handler lands on the process span |
//!
//! The first two turn on the client's features of the same names. The application chooses the client's other features (TLS,
//! authentication, versions of the server).
//!
//! [async-nats]: https://docs.rs/async-nats

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod carrier;
mod client;
mod consumer;
mod describe;
#[cfg(feature = "jetstream")]
mod jetstream;
mod producer;
pub mod semconv;
mod server;
mod server_tracers;
#[cfg(feature = "service")]
mod service;
mod settings;
#[cfg(feature = "jetstream")]
mod settle;
mod subject;
mod system;
mod tracer;

pub use carrier::{NatsHeaders, NatsHeadersMut};
pub use client::TracedClient;
pub use consumer::{FromSubject, TracedSubscriber};
#[cfg(feature = "jetstream")]
pub use jetstream::{
    FromStream, TracedAcker, TracedBatch, TracedBatchBuilder, TracedBatches, TracedConsumer, TracedContext,
    TracedFetchBuilder, TracedMessage, TracedMessages, TracedPublishAck, TracedPublishAckFuture,
    TracedSequence, TracedStreamBuilder, ack_all,
};
pub use producer::Forward;
#[cfg(feature = "service")]
pub use service::{
    TracedEndpoint, TracedEndpointBuilder, TracedRequest, TracedService, TracedServiceBuilder,
    TracedServiceGroup,
};
pub use system::Nats;
/// All of core, and the client in the version that is wrapped, so that an application needs no other dependency. Where it
/// chooses the client's features it has one on the client too.
#[doc(no_inline)]
pub use {async_nats, tracehop::*};
