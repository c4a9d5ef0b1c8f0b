//! NATS: a given server, or one that is started.

use std::env;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, stream};
use tracehop_brokers::{Source, nats};
use tracehop_nats::{IntoTraced, MessagingTracer, TracedClient, TracedContext, TracedMessages};

use crate::host::host;
use crate::names;
use crate::next::Next;

/// Longer than a try takes.
const ACK_WAIT: Duration = Duration::from_secs(30);

/// A server with the streams of this run.
pub(crate) struct Nats {
    pub(super) url: String,
    pub(super) suffix: String,
    pub(crate) context: jetstream::Context,
    /// It is stopped when this is dropped.
    pub(super) started: Option<tracehop_brokers::Nats>,
}

impl Nats {
    pub(crate) async fn connect(url: Option<&str>) -> anyhow::Result<Self> {
        let set = || env::var("TRACEHOP_NATS_URL").ok().filter(|url| !url.is_empty());
        if let Some(url) = url.map(str::to_owned).or_else(set) {
            return Self::with_streams(url, names::of_this_run(), None).await;
        }
        // Not in a container, because an example should not download an image.
        let started = nats().source(Source::Native).owned().await;
        let started =
            started.context("no NATS server can be started here: give the address of one with --address")?;
        Self::with_streams(started.url().to_owned(), String::new(), Some(started)).await
    }

    async fn with_streams(
        url: String,
        suffix: String,
        started: Option<tracehop_brokers::Nats>,
    ) -> anyhow::Result<Self> {
        let connecting = async_nats::connect(&url).await;
        let client = connecting.with_context(|| format!("no NATS server answers at {}", host(&url)))?;
        let server = Self { url, suffix, context: jetstream::new(client), started };
        server.declare().await?;
        Ok(server)
    }

    /// Makes the streams that are not there.
    pub(crate) async fn declare(&self) -> anyhow::Result<()> {
        for (name, subjects) in self.streams() {
            // In memory, because this is an example: orders of a service of your own outlive the server.
            let storage = stream::StorageType::Memory;
            let config = stream::Config { name, subjects, storage, ..stream::Config::default() };
            let making = self.context.get_or_create_stream(config).await;
            making.context("the NATS server makes no stream: does it have JetStream (nats-server -js)?")?;
        }
        Ok(())
    }

    pub(crate) fn orders(&self) -> String {
        format!("orders{}", self.suffix)
    }

    /// Where an order goes whose payment failed, if it leaves the stream of orders for it.
    pub(crate) fn subject(&self, next: Next) -> Option<String> {
        match next {
            Next::Retry(_) => None,
            Next::Dead => Some(format!("dead.{}", self.orders())),
            Next::Parked => Some(format!("parked.{}", self.orders())),
        }
    }

    /// Names of streams, and their subjects.
    pub(super) fn streams(&self) -> [(String, Vec<String>); 2] {
        let given_up = [Next::Dead, Next::Parked].into_iter().filter_map(|next| self.subject(next));
        [(self.orders(), vec![self.orders()]), (self.given_up(), given_up.collect())]
    }

    /// The stream of what was given up.
    pub(crate) fn given_up(&self) -> String {
        format!("given-up{}", self.suffix)
    }

    /// With a connection of its own, as each service would have one. Made in this way it tells the server's address to the
    /// first span too.
    pub(crate) async fn traced(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedContext> {
        let client = TracedClient::connect(&self.url, tracer).await?;
        Ok(jetstream::new(client.into_inner()).traced(tracer))
    }

    /// The orders, for the payments service.
    pub(crate) async fn new_orders(
        &self,
        context: &TracedContext,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedMessages<pull::Stream>> {
        messages(context, self.orders(), self.orders(), "payments", tracer).await
    }

    /// The dead letters, for support.
    pub(super) async fn dead_letters(
        &self,
        context: &TracedContext,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedMessages<pull::Stream>> {
        let subject = self.subject(Next::Dead).unwrap_or_default();
        messages(context, self.given_up(), subject, "support", tracer).await
    }
}

async fn messages(
    context: &TracedContext,
    stream: String,
    subject: String,
    service: &str,
    tracer: &MessagingTracer,
) -> anyhow::Result<TracedMessages<pull::Stream>> {
    let config = pull::Config {
        durable_name: Some(service.to_owned()),
        filter_subject: subject,
        // An order that nobody answered for so long comes again. Longer than a try takes, or it is tried twice at once.
        ack_wait: ACK_WAIT,
        // `max_deliver` is not set: after so many deliveries the server would say nothing more, and the order would be lost.
        ..pull::Config::default()
    };
    let consumer = context.get_stream(stream).await?.create_consumer(config).await?;
    Ok(consumer.traced(tracer).messages().await?)
}
