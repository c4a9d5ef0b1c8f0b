//! async-nats without JetStream: nobody answers a publish.

use std::future::{Future, ready};
use std::hint::black_box;

use anyhow::Context as _;
use async_nats::{HeaderMap, Message, Subscriber};
use futures::StreamExt;
use opentelemetry::KeyValue;
use tracehop::{ClientFacts, MessagingTracer};
use tracehop_nats::{TracedClient, TracedSubscriber};

use super::client::{Client, ORDERS, handle_traced};
use super::clock::Clock;
use super::incoming::Incoming;
use crate::servers::{DELIVER, Mail};
use crate::traceparent::TRACEPARENT;
use crate::transports::{Put, Transport};

pub(super) struct Nats {
    client: TracedClient,
    payload: Vec<u8>,
    subscriber: Option<Subscriber>,
    traced: Option<TracedSubscriber>,
}

impl Nats {
    pub(super) async fn connect(
        address: &str,
        tracer: &MessagingTracer,
        payload: Vec<u8>,
    ) -> anyhow::Result<Self> {
        let facts = ClientFacts::default().client_id("checkout-1").consumer_group("checkout");
        let client = TracedClient::connect(address, tracer).await?.with_facts(facts);
        Ok(Self { client, payload, subscriber: None, traced: None })
    }

    async fn ask(&self, mail: Mail, messages: u32) -> anyhow::Result<()> {
        let order = format!("{} {messages}", mail.name());
        self.client.inner().publish(DELIVER, order.into()).await?;
        Ok(self.client.flush().await?)
    }
}

impl Client for Nats {
    const SYSTEM: &'static str = "nats";
    const SEND: &'static str = "publish";
    const IN_FLIGHT: usize = 1;

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
        let (client, payload) = (self.client.inner(), self.payload.clone().into());
        match headers {
            Some(headers) => client.publish_with_headers(ORDERS, headers, payload).await?,
            None => client.publish(ORDERS, payload).await?,
        }
        Ok(ready(Ok(())))
    }

    async fn send_traced(&self, _: u32) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        self.client.publish(ORDERS, self.payload.clone().into()).await?;
        Ok(ready(Ok(())))
    }

    async fn finish(&self) -> anyhow::Result<()> {
        Ok(self.client.flush().await?)
    }

    async fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        mut handle: impl FnMut(&[Message]) -> u64,
    ) -> anyhow::Result<Clock> {
        if self.subscriber.is_none() {
            self.subscriber = Some(self.client.inner().subscribe(mail.name()).await?);
        }
        let clock = Clock::start();
        self.ask(mail, messages).await?;
        let subscriber = self.subscriber.as_mut().context("there is no subscriber")?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(subscriber.next().await.context("the stream ended")?);
            if together.len() == batch {
                black_box(handle(&together));
                together.clear();
            }
        }
        Ok(clock)
    }

    async fn receive_traced(&mut self, mail: Mail, messages: u32, batch: usize) -> anyhow::Result<Clock> {
        if self.traced.is_none() {
            self.traced = Some(self.client.subscribe(mail.name()).await?);
        }
        let clock = Clock::start();
        self.ask(mail, messages).await?;
        let subscriber = self.traced.as_mut().context("there is no subscriber")?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(subscriber.next().await.context("the stream ended")?);
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
        Some(self.headers.as_ref()?.get(name)?.as_str())
    }

    fn header_names(&self) -> Vec<&str> {
        self.headers.iter().flat_map(|headers| headers.iter().map(|(name, _)| name.as_ref())).collect()
    }

    fn describe(&self, _: &mut Vec<KeyValue>) {}
}
