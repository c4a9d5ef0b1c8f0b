//! OpenTelemetry tracing for NATS and JetStream with [async-nats].
//!
//! Wrap the client once: `client.traced(&tracer)`. Every message it sends then carries a creation context, and every
//! message it handles gets a span that is linked to the span that sent it. The wrappers have the client's own methods and
//! implement its traits; results come back untouched.
//!
//! | async-nats | traced |
//! |---|---|
//! | `Client` | [`TracedClient`] |
//! | `Subscriber` | [`TracedSubscriber`], which yields [`Received<FromSubject<Message>, Nats>`](FromSubject) |
//! | `HeaderMap` | [`NatsHeaders`]; [`NatsHeadersMut`] |
//! | `jetstream::Context` and its `PublishAckFuture` | `TracedContext` and `TracedPublishAckFuture` |
//! | `pull::Stream`, `push::Messages`, `pull::Ordered`, `push::Ordered` | `TracedMessages`, which yields `TracedMessage` |
//! | `pull::Batch`, `pull::Sequence` | `TracedBatch`, `TracedSequence` |
//! | `jetstream::Message` and its `Acker` | `FromStream` and `TracedAcker` |
//! | `service::endpoint::Endpoint`, `service::Request` | `TracedEndpoint`, `TracedRequest` |
//!
//! ```no_run
//! # use futures::StreamExt;
//! use tracehop_nats::{IntoTraced, MessagingTracer};
//!
//! # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let client = async_nats::connect("localhost").await?.traced(&MessagingTracer::global());
//! client.publish("orders.new", "{}".into()).await?;
//!
//! let mut orders = client.queue_subscribe("orders.*", "billing".into()).await?;
//! while let Some(order) = orders.next().await {
//!     order.process(handle(&order.payload)).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Spans
//!
//! `publish {subject}`, `request {subject}`, `process {subject}`, `receive {subject}` for batches, and `ack`, `nak`, `term`
//! and `next {subject}`. The pattern of a subscription stands for the subjects it matches. Addresses of replies
//! (`_INBOX.…`) are no part of a name. Messages to subjects of the server itself (`$JS.…`) get no spans at all.
//!
//! Spans have the message's identifier, the queue group or durable consumer, and the server's address if the server names
//! one. The semantic conventions have no page for NATS yet, so what only NATS has is under the keys of [`semconv`].
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
//!
//! Both turn on the client's features of the same names. The application chooses the client's other features (TLS,
//! authentication, versions of the server).
//!
//! [async-nats]: https://docs.rs/async-nats

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
    FromStream, TracedAcker, TracedBatch, TracedBatchBuilder, TracedConsumer, TracedContext,
    TracedFetchBuilder, TracedMessage, TracedMessages, TracedPublishAck, TracedPublishAckFuture,
    TracedSequence, TracedStreamBuilder,
};
pub use producer::Forward;
#[cfg(feature = "service")]
pub use service::{
    TracedEndpoint, TracedEndpointBuilder, TracedRequest, TracedService, TracedServiceBuilder,
    TracedServiceGroup,
};
pub use system::Nats;
pub use tracehop::{IntoTraced, MessagingTracer, Received};
