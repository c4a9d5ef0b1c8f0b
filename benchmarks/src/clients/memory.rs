//! No client at all: messages that are there already, and records that are thrown away. What is left is the span, its headers,
//! the processor and the exporter.

use std::collections::HashMap;
use std::future::{Future, ready};
use std::hint::black_box;

use opentelemetry::KeyValue;
use rdkafka::Timestamp;
use rdkafka::message::{Header, Message, OwnedHeaders, OwnedMessage};
use tracehop::MessagingTracer;

use super::client::{Client, ORDERS, handle_traced};
use super::clock::Clock;
use super::incoming::Incoming;
use super::kafka;
use crate::by_hand::Careful;
use crate::floor::put_constant;
use crate::ours::{self, Got};
use crate::servers::{MESSAGES, Mail};

const PARTITION: i32 = 3;

pub(super) struct Memory {
    client: ours::Client,
    messages: HashMap<&'static str, Vec<OwnedMessage>>,
}

impl Memory {
    pub(super) fn new(tracer: &MessagingTracer) -> Self {
        Self { client: ours::Client::new(tracer), messages: HashMap::new() }
    }

    /// So many messages that differ come again and again.
    fn messages(&mut self, mail: Mail) -> &[OwnedMessage] {
        self.messages.entry(mail.name()).or_insert_with(|| (0..MESSAGES).map(|n| message(mail, n)).collect())
    }
}

fn message(mail: Mail, number: u32) -> OwnedMessage {
    let headers = mail.traceparent(number).map(|traceparent| {
        OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(&traceparent) })
    });
    let (payload, topic, time) = (Some(mail.payload()), mail.name().to_owned(), Timestamp::NotAvailable);
    OwnedMessage::new(payload, None, topic, time, PARTITION, i64::from(number), headers)
}

impl Client for Memory {
    const SYSTEM: &'static str = "kafka";
    const SEND: &'static str = "send";
    const IN_FLIGHT: usize = 1;

    type Headers = Option<OwnedHeaders>;
    type Injector<'h> = Careful<'h>;
    type Message<'m> = Kept<'m>;

    fn injector(headers: &mut Option<OwnedHeaders>) -> Careful<'_> {
        Careful(headers)
    }

    fn constant() -> Option<OwnedHeaders> {
        Some(put_constant())
    }

    fn of_sent(_: u32) -> Option<KeyValue> {
        Some(KeyValue::new("messaging.destination.partition.id", PARTITION.to_string()))
    }

    async fn send(
        &self,
        _: u32,
        headers: Option<OwnedHeaders>,
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        drop(black_box(headers));
        Ok(ready(Ok(())))
    }

    async fn send_traced(&self, _: u32) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let mut headers = None;
        self.client.send(ORDERS, PARTITION, &mut headers);
        drop(black_box(headers));
        Ok(ready(Ok(())))
    }

    async fn finish(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        mut handle: impl FnMut(&[Kept<'_>]) -> u64,
    ) -> anyhow::Result<Clock> {
        let all = self.messages(mail);
        let clock = Clock::start();
        let mut together = Vec::with_capacity(batch);
        for (_, message) in (0..messages).zip(all.iter().cycle()) {
            together.push(Kept(black_box(message)));
            if together.len() == batch {
                black_box(handle(&together));
                together.clear();
            }
        }
        Ok(clock)
    }

    async fn receive_traced(&mut self, mail: Mail, messages: u32, batch: usize) -> anyhow::Result<Clock> {
        self.messages(mail);
        let Self { client, messages: all } = self;
        let all = all.get(mail.name()).map(Vec::as_slice).unwrap_or_default();
        let clock = Clock::start();
        let mut together: Vec<Got<'_>> = Vec::with_capacity(batch);
        for (_, message) in (0..messages).zip(all.iter().cycle()) {
            together.push(client.receive(black_box(message)));
            if together.len() == batch {
                handle_traced(&together, |message| message.payload()).await?;
                together.clear();
            }
        }
        Ok(clock)
    }
}

/// A message that is only pointed to, as a consumer's is.
pub(super) struct Kept<'m>(&'m OwnedMessage);

impl Incoming for Kept<'_> {
    fn payload(&self) -> &[u8] {
        self.0.payload().unwrap_or_default()
    }

    fn destination(&self) -> &str {
        self.0.topic()
    }

    fn header(&self, name: &str) -> Option<&str> {
        kafka::header(self.0.headers()?, name)
    }

    fn header_names(&self) -> Vec<&str> {
        self.0.headers().map(kafka::header_names).unwrap_or_default()
    }

    fn describe(&self, attributes: &mut Vec<KeyValue>) {
        kafka::place(self.0, attributes);
    }
}
