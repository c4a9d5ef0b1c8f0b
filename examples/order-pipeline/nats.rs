//! NATS JetStream, if a server is given.

use anyhow::Context;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, stream};
use tracehop_nats::{IntoTraced, MessagingTracer, TracedContext, TracedMessages};

/// A connection.
pub(crate) struct Nats {
    context: jetstream::Context,
}

impl Nats {
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let client = async_nats::connect(url)
            .await
            .context("no NATS server answers at the URL given with --nats-url")?;
        Ok(Self { context: jetstream::new(client) })
    }

    pub(crate) fn publisher(&self, tracer: &MessagingTracer) -> TracedContext {
        self.context.clone().traced(tracer)
    }

    pub(crate) async fn consumer(
        &self,
        subject: &str,
        name: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedMessages<pull::Stream>> {
        let config = pull::Config { durable_name: Some(name.to_owned()), ..pull::Config::default() };
        let consumer = self.context.get_stream(subject).await?.create_consumer(config).await?;
        Ok(consumer.traced(tracer).messages().await?)
    }

    /// A stream of the subject's name, in memory.
    pub(crate) async fn declare(&self, subject: &str) -> anyhow::Result<()> {
        let config = stream::Config {
            name: subject.to_owned(),
            subjects: vec![subject.to_owned()],
            storage: stream::StorageType::Memory,
            ..stream::Config::default()
        };
        self.context
            .create_stream(config)
            .await
            .context("the NATS server makes no stream: does it have JetStream (nats-server -js)?")?;
        Ok(())
    }

    pub(crate) async fn clean_up(&self, subject: &str) -> anyhow::Result<()> {
        self.context.delete_stream(subject).await?;
        Ok(())
    }
}
