//! rdkafka.

use std::future::Future;
use std::hint::black_box;

use anyhow::{Context as _, anyhow};
use futures::StreamExt;
use futures::channel::oneshot::Canceled;
use opentelemetry::KeyValue;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Headers, Message, OwnedHeaders};
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop::{IntoTraced, MessagingTracer};
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};

use super::client::{Client, ORDERS, handle_traced};
use super::clock::Clock;
use super::incoming::Incoming;
use crate::by_hand::Careful;
use crate::floor::put_constant;
use crate::servers::{Mail, PARTITIONS};

pub(super) struct Kafka {
    producer: TracedFutureProducer,
    consumer: TracedStreamConsumer,
    payload: Vec<u8>,
}

impl Kafka {
    pub(super) fn connect(address: &str, tracer: &MessagingTracer, payload: Vec<u8>) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", address)
            .set("client.id", "checkout-1")
            .set("group.id", "checkout")
            .set("linger.ms", "5")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "10")
            // Producers know nothing of consumers' properties and warn about them, on a log nobody reads here.
            .set("log_level", "0");
        Ok(Self {
            producer: config.create::<FutureProducer>()?.traced(tracer),
            consumer: config.create::<StreamConsumer>()?.traced(tracer),
            payload,
        })
    }

    fn record(&self, number: u32) -> FutureRecord<'_, (), [u8]> {
        FutureRecord::to(ORDERS).partition(partition(number)).payload(&self.payload)
    }

    fn assign(&self, mail: Mail) -> anyhow::Result<()> {
        let mut partitions = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            partitions.add_partition_offset(mail.name(), partition, Offset::Offset(0))?;
        }
        Ok(self.consumer.inner().assign(&partitions)?)
    }
}

fn partition(number: u32) -> i32 {
    i32::try_from(number).unwrap_or_default() % PARTITIONS
}

async fn delivered(
    delivery: impl Future<Output = Result<OwnedDeliveryResult, Canceled>>,
) -> anyhow::Result<()> {
    match delivery.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, _))) => Err(error.into()),
        Err(Canceled) => Err(anyhow!("the producer is gone")),
    }
}

impl Client for Kafka {
    const SYSTEM: &'static str = "kafka";
    const SEND: &'static str = "send";
    const IN_FLIGHT: usize = 1_000;

    type Headers = Option<OwnedHeaders>;
    type Injector<'h> = Careful<'h>;
    type Message<'m> = BorrowedMessage<'m>;

    fn injector(headers: &mut Option<OwnedHeaders>) -> Careful<'_> {
        Careful(headers)
    }

    fn constant() -> Option<OwnedHeaders> {
        Some(put_constant())
    }

    fn of_sent(number: u32) -> Option<KeyValue> {
        Some(KeyValue::new("messaging.destination.partition.id", partition(number).to_string()))
    }

    async fn send(
        &self,
        number: u32,
        headers: Option<OwnedHeaders>,
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let mut record = self.record(number);
        record.headers = headers;
        let delivery = self.producer.inner().send_result(record).map_err(|(error, _)| error)?;
        Ok(delivered(delivery))
    }

    async fn send_traced(&self, number: u32) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let delivery = self.producer.send_result(self.record(number)).map_err(|(error, _)| error)?;
        Ok(delivered(delivery))
    }

    async fn finish(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn receive(
        &mut self,
        mail: Mail,
        messages: u32,
        batch: usize,
        mut handle: impl FnMut(&[BorrowedMessage<'_>]) -> u64,
    ) -> anyhow::Result<Clock> {
        self.assign(mail)?;
        let bare = self.consumer.inner();
        let mut stream = bare.stream();
        let (mut clock, mut together) = (None, Vec::with_capacity(batch));
        for _ in 0..messages {
            together.push(stream.next().await.context("the stream ended")??);
            clock.get_or_insert_with(Clock::start);
            if together.len() == batch {
                black_box(handle(&together));
                together.clear();
            }
        }
        drop(together);
        // What nobody reads would be fetched again and again.
        bare.unassign()?;
        clock.context("nothing was received")
    }

    async fn receive_traced(&mut self, mail: Mail, messages: u32, batch: usize) -> anyhow::Result<Clock> {
        self.assign(mail)?;
        let mut stream = self.consumer.stream();
        let (mut clock, mut together) = (None, Vec::with_capacity(batch));
        for _ in 0..messages {
            together.push(stream.next().await.context("the stream ended")??);
            clock.get_or_insert_with(Clock::start);
            if together.len() == batch {
                handle_traced(&together, |message| Message::payload(message).unwrap_or_default()).await?;
                together.clear();
            }
        }
        drop(together);
        self.consumer.inner().unassign()?;
        clock.context("nothing was received")
    }
}

impl Incoming for BorrowedMessage<'_> {
    fn payload(&self) -> &[u8] {
        Message::payload(self).unwrap_or_default()
    }

    fn destination(&self) -> &str {
        self.topic()
    }

    fn header(&self, name: &str) -> Option<&str> {
        header(self.headers()?, name)
    }

    fn header_names(&self) -> Vec<&str> {
        self.headers().map(header_names).unwrap_or_default()
    }

    fn describe(&self, attributes: &mut Vec<KeyValue>) {
        place(self, attributes);
    }
}

/// The first value of a header, by rdkafka's own means.
pub(super) fn header<'h>(headers: &'h impl Headers, name: &str) -> Option<&'h str> {
    let header = headers.iter().find(|header| header.key == name)?;
    std::str::from_utf8(header.value?).ok()
}

pub(super) fn header_names(headers: &impl Headers) -> Vec<&str> {
    headers.iter().map(|header| header.key).collect()
}

/// Where a message is.
pub(super) fn place(message: &impl Message, attributes: &mut Vec<KeyValue>) {
    attributes.extend([
        KeyValue::new("messaging.destination.partition.id", message.partition().to_string()),
        KeyValue::new("messaging.kafka.offset", message.offset()),
    ]);
}
