//! async-nats with JetStream: publishes that a stream answers, and a durable pull consumer that needs no acknowledgements.

use std::future::{Future, IntoFuture};
use std::hint::black_box;
use std::time::Duration;

use anyhow::Context as _;
use async_nats::HeaderMap;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{self, Message};
use futures::StreamExt;
use opentelemetry::KeyValue;
use tracehop::{ClientFacts, IntoTraced, MessagingTracer};
use tracehop_nats::TracedContext;

use super::client::{Client, ORDERS, handle_traced};
use super::clock::Clock;
use super::incoming::Incoming;
use crate::servers::{Mail, STREAM};
use crate::traceparent::TRACEPARENT;
use crate::transports::{Put, Transport};

/// Messages of one pull.
const PULL: usize = 1_000;
/// Clients take turns, so one may be silent for long.
const EXPIRES: Duration = Duration::from_secs(600);
const HEARTBEAT: Duration = Duration::from_secs(250);

pub(super) struct JetStream {
    context: TracedContext,
    tracer: MessagingTracer,
    payload: Vec<u8>,
    consumer: Option<PullConsumer>,
}

impl JetStream {
    pub(super) async fn connect(
        address: &str,
        tracer: &MessagingTracer,
        payload: Vec<u8>,
    ) -> anyhow::Result<Self> {
        let client = async_nats::connect(address).await?;
        let facts = ClientFacts::default().client_id("checkout-1").consumer_group("checkout");
        let context = jetstream::new(client).traced(tracer).with_facts(facts);
        Ok(Self { context, tracer: tracer.clone(), payload, consumer: None })
    }

    async fn consumer(&mut self, mail: Mail) -> anyhow::Result<PullConsumer> {
        if let Some(consumer) = &self.consumer {
            return Ok(consumer.clone());
        }
        let consumer: PullConsumer =
            self.context.inner().get_consumer_from_stream(mail.name(), STREAM).await?;
        Ok(self.consumer.insert(consumer).clone())
    }
}

impl Client for JetStream {
    const SYSTEM: &'static str = "nats";
    const SEND: &'static str = "publish";
    const IN_FLIGHT: usize = 500;

    type Headers = Option<HeaderMap>;
    type Injector<'h> = Put<'h, tracehop_nats::Nats>;
    type Message<'m> = Message;

    fn injector(headers: &mut Option<HeaderMap>) -> Self::Injector<'_> {
        Put(headers)
    }

    fn constant() -> Option<HeaderMap> {
        tracehop_nats::Nats::put_constant(TRACEPARENT)
    }

    fn of_sent(_: u32) -> Option<KeyValue> {
        None
    }

    async fn send(
        &self,
        _: u32,
        headers: Option<HeaderMap>,
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let (context, payload) = (self.context.inner(), self.payload.clone().into());
        let answer = match headers {
            Some(headers) => context.publish_with_headers(ORDERS, headers, payload).await?,
            None => context.publish(ORDERS, payload).await?,
        };
        Ok(async move { Ok(answer.await.map(drop)?) })
    }

    async fn send_traced(&self, _: u32) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let answer = self.context.publish(ORDERS, self.payload.clone().into()).await?;
        Ok(async move { Ok(answer.into_future().await.map(drop)?) })
    }

    async fn finish(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        mut handle: impl FnMut(&[Message]) -> u64,
    ) -> anyhow::Result<Clock> {
        let consumer = self.consumer(mail).await?;
        let clock = Clock::start();
        let builder = consumer.stream().max_messages_per_batch(PULL).expires(EXPIRES).heartbeat(HEARTBEAT);
        let mut stream = builder.messages().await?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(stream.next().await.context("the stream ended")??);
            if together.len() == batch {
                black_box(handle(&together));
                together.clear();
            }
        }
        Ok(clock)
    }

    async fn receive_traced(&mut self, mail: Mail, messages: u32, batch: usize) -> anyhow::Result<Clock> {
        let consumer = self.consumer(mail).await?.traced(&self.tracer);
        let clock = Clock::start();
        let builder = consumer.stream().max_messages_per_batch(PULL).expires(EXPIRES).heartbeat(HEARTBEAT);
        let mut stream = builder.messages().await?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(stream.next().await.context("the stream ended")??);
            if together.len() == batch {
                handle_traced(&together, |message| &message.payload).await?;
                together.clear();
            }
        }
        Ok(clock)
    }
}

impl Incoming for Message {
    fn payload(&self) -> &[u8] {
        &self.payload
    }

    fn destination(&self) -> &str {
        self.subject.as_str()
    }

    fn header(&self, name: &str) -> Option<&str> {
        Incoming::header(&self.message, name)
    }

    fn header_names(&self) -> Vec<&str> {
        Incoming::header_names(&self.message)
    }

    /// The stream, the consumer and the message's place.
    fn describe(&self, attributes: &mut Vec<KeyValue>) {
        let Ok(info) = self.info() else { return };
        attributes.extend([
            KeyValue::new("messaging.message.id", info.stream_sequence.to_string()),
            KeyValue::new("nats.stream", info.stream.to_owned()),
            KeyValue::new("nats.consumer", info.consumer.to_owned()),
            KeyValue::new("nats.delivery_count", info.delivered),
        ]);
    }
}
