//! lapin: publishes with confirms, and deliveries that need no acknowledgement.

use std::future::Future;
use std::hint::black_box;

use anyhow::{Context as _, ensure};
use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};
use opentelemetry::KeyValue;
use tracehop::{ClientFacts, IntoTraced, MessagingTracer};
use tracehop_rabbitmq::{TracedChannel, TracedConsumer};

use super::client::{Client, ORDERS, handle_traced};
use super::clock::Clock;
use super::incoming::Incoming;
use crate::servers::{DELIVER, Mail};
use crate::traceparent::TRACEPARENT;
use crate::transports::{Put, Transport};

pub(super) struct RabbitMq {
    /// Confirms what is published.
    sender: TracedChannel,
    /// Delivers what it is asked for.
    receiver: TracedChannel,
    consumer: Option<(Mail, Consumer)>,
    traced: Option<(Mail, TracedConsumer)>,
    payload: Vec<u8>,
    /// The channels end with it.
    _connection: Connection,
}

impl RabbitMq {
    pub(super) async fn connect(
        address: &str,
        tracer: &MessagingTracer,
        payload: Vec<u8>,
    ) -> anyhow::Result<Self> {
        let uri = format!("amqp://guest:guest@{address}/%2f");
        let connection = Connection::connect(&uri, ConnectionProperties::default()).await?;
        let facts = ClientFacts::default()
            .client_id("checkout-1")
            .consumer_group("checkout")
            .server("127.0.0.1", 5672);
        let wrap = |channel: Channel| channel.traced(tracer).with_facts(facts.clone());
        let sender = connection.create_channel().await?;
        sender.confirm_select(ConfirmSelectOptions::default()).await?;
        let receiver = connection.create_channel().await?;
        Ok(Self {
            sender: wrap(sender),
            receiver: wrap(receiver),
            consumer: None,
            traced: None,
            payload,
            _connection: connection,
        })
    }

    async fn ask(&self, mail: Mail, messages: u32) -> anyhow::Result<()> {
        let order = format!("{} {messages}", mail.name());
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let channel = self.receiver.inner();
        channel.basic_publish("".into(), DELIVER.into(), options, order.as_bytes(), properties).await?;
        Ok(())
    }
}

async fn confirmed(confirm: impl Future<Output = lapin::Result<Confirmation>>) -> anyhow::Result<()> {
    ensure!(confirm.await?.is_ack(), "the broker did not take a message");
    Ok(())
}

fn options() -> BasicConsumeOptions {
    BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() }
}

impl Client for RabbitMq {
    const SYSTEM: &'static str = "rabbitmq";
    const SEND: &'static str = "publish";
    const IN_FLIGHT: usize = 500;
    /// lapin hands a publish back when its own thread has written it. One by one, two threads would wake each other for each
    /// message, and cost ten times as much as the message.
    const TOGETHER: u32 = 50;

    type Headers = BasicProperties;
    type Injector<'h> = Put<'h, tracehop_rabbitmq::RabbitMq>;
    type Message<'m> = Delivery;

    fn injector(headers: &mut BasicProperties) -> Self::Injector<'_> {
        Put(headers)
    }

    fn constant() -> BasicProperties {
        tracehop_rabbitmq::RabbitMq::put_constant(TRACEPARENT)
    }

    fn of_sent(_: u32) -> Option<KeyValue> {
        Some(KeyValue::new("messaging.rabbitmq.destination.routing_key", ORDERS.to_owned()))
    }

    async fn send(
        &self,
        _: u32,
        headers: BasicProperties,
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let (options, channel) = (BasicPublishOptions::default(), self.sender.inner());
        let sent = channel.basic_publish("".into(), ORDERS.into(), options, &self.payload, headers);
        Ok(confirmed(sent.await?))
    }

    async fn send_traced(&self, _: u32) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let (options, headers) = (BasicPublishOptions::default(), BasicProperties::default());
        let sent = self.sender.basic_publish("".into(), ORDERS.into(), options, &self.payload, headers);
        Ok(confirmed(sent.await?))
    }

    async fn finish(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        mut handle: impl FnMut(&[Delivery]) -> u64,
    ) -> anyhow::Result<Clock> {
        if self.consumer.is_none() {
            let (queue, channel): (ShortString, _) = (mail.name().into(), self.receiver.inner());
            let consumer = channel.basic_consume(queue, "".into(), options(), FieldTable::default()).await?;
            self.consumer = Some((mail, consumer));
        }
        let clock = Clock::start();
        self.ask(mail, messages).await?;
        let (_, consumer) = self.consumer.as_mut().context("there is no consumer")?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(consumer.next().await.context("the stream ended")??);
            if together.len() == batch {
                black_box(handle(&together));
                together.clear();
            }
        }
        Ok(clock)
    }

    async fn receive_traced(&mut self, mail: Mail, messages: u32, batch: usize) -> anyhow::Result<Clock> {
        if self.traced.is_none() {
            let (queue, channel): (ShortString, _) = (mail.name().into(), &self.receiver);
            let consumer = channel.basic_consume(queue, "".into(), options(), FieldTable::default()).await?;
            self.traced = Some((mail, consumer));
        }
        let clock = Clock::start();
        self.ask(mail, messages).await?;
        let (_, consumer) = self.traced.as_mut().context("there is no consumer")?;
        let mut together = Vec::with_capacity(batch);
        for _ in 0..messages {
            together.push(consumer.next().await.context("the stream ended")??);
            if together.len() == batch {
                handle_traced(&together, |message| &message.data).await?;
                together.clear();
            }
        }
        Ok(clock)
    }
}

impl Incoming for Delivery {
    fn payload(&self) -> &[u8] {
        &self.data
    }

    fn destination(&self) -> &str {
        self.routing_key.as_str()
    }

    fn header(&self, name: &str) -> Option<&str> {
        match self.properties.headers().as_ref()?.inner().get(name)? {
            AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
            _ => None,
        }
    }

    fn header_names(&self) -> Vec<&str> {
        let headers = self.properties.headers().as_ref();
        headers.into_iter().flat_map(|table| table.inner().keys().map(ShortString::as_str)).collect()
    }

    fn describe(&self, attributes: &mut Vec<KeyValue>) {
        let tag = i64::try_from(self.delivery_tag).unwrap_or_default();
        attributes.extend([
            KeyValue::new("messaging.rabbitmq.destination.routing_key", self.routing_key.to_string()),
            KeyValue::new("messaging.rabbitmq.message.delivery_tag", tag),
        ]);
    }
}
