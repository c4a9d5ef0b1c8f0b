//! NATS JetStream.

use anyhow::{Context as _, anyhow};
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, Context, stream};
use futures::StreamExt;
use tokio::sync::Mutex;
use tracehop_nats::{IntoTraced, MessagingTracer, TracedContext, TracedMessages};

use crate::job;
use crate::message::Message;
use crate::names::Names;
use crate::nats;
use crate::transport::Transport;

pub(crate) struct JetStream {
    bare: Context,
    requests: Mutex<TracedMessages<pull::Stream>>,
    service: TracedContext,
    callbacks: Mutex<pull::Stream>,
    names: Names,
}

impl JetStream {
    pub(crate) async fn connect(url: &str, names: Names, tracer: &MessagingTracer) -> anyhow::Result<Self> {
        let bare = jetstream::new(nats::connect(url).await?);
        let config = stream::Config {
            name: names.stream.clone(),
            subjects: vec![names.requests.clone(), names.callbacks.clone()],
            storage: stream::StorageType::Memory,
            ..stream::Config::default()
        };
        let stream = bare
            .create_stream(config)
            .await
            .context("the NATS server makes no stream: does it have JetStream (nats-server -js)?")?;
        let requests = consumer(&stream, &names.requests).await?.traced(tracer).messages().await?;
        let callbacks = consumer(&stream, &names.callbacks).await?.messages().await?;
        let service = bare.clone().traced(tracer);
        Ok(Self { bare, requests: Mutex::new(requests), service, callbacks: Mutex::new(callbacks), names })
    }

    async fn send_traced(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        self.service.publish(self.names.callbacks.clone(), payload.into()).await?.await?;
        Ok(())
    }
}

async fn consumer(stream: &stream::Stream, subject: &str) -> anyhow::Result<PullConsumer> {
    let config = pull::Config { filter_subject: subject.to_owned(), ..pull::Config::default() };
    Ok(stream.create_consumer(config).await?)
}

impl Transport for JetStream {
    async fn send(&self, Message { headers, payload }: Message) -> anyhow::Result<()> {
        let (subject, headers) = (self.names.requests.clone(), nats::header_map(headers));
        self.bare.publish_with_headers(subject, headers, payload.into()).await?.await?;
        Ok(())
    }

    async fn serve_one(&self) -> anyhow::Result<()> {
        let request = self.requests.lock().await.next().await.context("JetStream ended the consumer")??;
        request.process(job::handle(&request.payload, |payload| self.send_traced(payload))).await?;
        request.ack().await.map_err(anyhow::Error::from_boxed)
    }

    async fn receive(&self) -> anyhow::Result<Message> {
        let callback = self.callbacks.lock().await.next().await.context("JetStream ended the consumer")??;
        callback.ack().await.map_err(|error| anyhow!(error))?;
        Ok(nats::message(callback.split().0))
    }

    async fn clean_up(&self) -> anyhow::Result<()> {
        self.bare.delete_stream(&self.names.stream).await?;
        Ok(())
    }
}
