//! NATS JetStream, if a server is given.

use anyhow::Context;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, stream};
use tracehop_nats::{IntoTraced, MessagingTracer, TracedClient, TracedContext, TracedMessages};

use crate::lane::Queues;

pub(crate) struct Nats {
    url: String,
    context: jetstream::Context,
    queues: Queues,
}

impl Nats {
    /// Makes a stream, in memory, of a lane's two subjects.
    pub(crate) async fn connect(url: &str, queues: Queues) -> anyhow::Result<Self> {
        let client = async_nats::connect(url)
            .await
            .context("no NATS server answers at the URL given with --nats-url")?;
        let context = jetstream::new(client);
        let config = stream::Config {
            name: queues.name.clone(),
            subjects: vec![queues.name.clone(), queues.dead_letters.clone()],
            storage: stream::StorageType::Memory,
            ..stream::Config::default()
        };
        context
            .create_stream(config)
            .await
            .context("the NATS server makes no stream: does it have JetStream (nats-server -js)?")?;
        Ok(Self { url: url.to_owned(), context, queues })
    }

    /// With a connection of its own, as each service would have one. Made in this way it tells the server's address to the
    /// first span too.
    pub(crate) async fn publisher(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedContext> {
        let client = TracedClient::connect(&self.url, tracer).await?;
        Ok(jetstream::new(client.into_inner()).traced(tracer))
    }

    pub(crate) async fn consumer(
        &self,
        subject: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedMessages<pull::Stream>> {
        let context = self.publisher(tracer).await?;
        let config = pull::Config {
            durable_name: Some(subject.replace('.', "-")),
            filter_subject: subject.to_owned(),
            ..pull::Config::default()
        };
        let consumer = context.get_stream(&self.queues.name).await?.create_consumer(config).await?;
        Ok(consumer.traced(tracer).messages().await?)
    }

    /// Removes the stream.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        self.context.delete_stream(&self.queues.name).await?;
        Ok(())
    }
}
