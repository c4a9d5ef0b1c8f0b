//! The clients, and one slice of work in each style.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;

use anyhow::{Context as _, anyhow};
use futures::StreamExt;
use futures::channel::oneshot::Canceled;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Header, Message, OwnedHeaders};
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::runtime::Runtime;

use super::broker::Broker;
use super::clock::{Clock, Slice};
use super::direction::Direction;
use super::style::Style;
use super::topics::{PARTITIONS, SAMPLED, SINK, UNSAMPLED};
use super::traced::Traced;
use crate::mode::Mode;
use crate::provider::Tracers;
use crate::traceparent::{around, traceparent};

const IN_FLIGHT: usize = 1_000;
const PAYLOAD: [u8; 100] = [b'x'; 100];

/// The broker and what is on it.
pub(crate) struct Bench {
    runtime: Runtime,
    broker: Broker,
    /// Messages on each topic that is read.
    filled: u32,
}

/// The clients of one mode, bare and traced.
pub(crate) struct Client {
    pub(crate) mode: Mode,
    tracers: Tracers,
    traced: Traced,
}

impl Bench {
    /// Starts a broker and fills the topics that are read with `filled` messages each.
    pub(crate) fn start(filled: u32) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let bench = Self { runtime, broker: Broker::start()?, filled };
        let producer: FutureProducer = bench.config().create()?;
        for (topic, mode) in [(SAMPLED, Mode::Sampled), (UNSAMPLED, Mode::Unsampled)] {
            let send = |index| {
                let value = Some(traceparent(mode));
                let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value });
                Ok(producer.send_result(record(topic, index).headers(headers)).map_err(|(error, _)| error)?)
            };
            bench.runtime.block_on(pump(filled, send, |result| delivered(result).map(drop)))?;
        }
        Ok(bench)
    }

    /// The clients for one mode.
    pub(crate) fn client(&self, mode: Mode, tracers: Tracers) -> anyhow::Result<Client> {
        let _runtime = self.runtime.enter();
        let producer = self.config().create::<FutureProducer>()?;
        let consumer = self.config().create::<StreamConsumer>()?;
        let traced = Traced::new(producer, consumer, &tracers.ours);
        Ok(Client { mode, tracers, traced })
    }

    /// Sends or receives so many messages in one style. The clock stops when the exporter has all spans: what it has to do
    /// for them belongs to them.
    pub(crate) fn slice(
        &self,
        client: &Client,
        direction: Direction,
        style: Style,
        messages: u32,
    ) -> anyhow::Result<Slice> {
        let (clock, messages) = match direction {
            Direction::Send => (self.runtime.block_on(client.send(style, messages))?, messages),
            Direction::Receive => {
                let messages = messages.min(self.filled);
                (self.runtime.block_on(client.receive(style, messages))?, messages)
            }
        };
        client.tracers.drain()?;
        Ok(clock.stop(messages))
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.broker.bootstrap_servers())
            .set("client.id", "checkout-1")
            .set("group.id", "checkout")
            .set("linger.ms", "5")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "10");
        // Producers know nothing of consumers' properties and warn about them, on a log nobody reads here.
        config.set("log_level", "0");
        config
    }
}

impl Client {
    async fn send(&self, style: Style, messages: u32) -> anyhow::Result<Clock> {
        let bare = self.traced.bare_producer();
        let by_hand = &self.tracers.by_hand;
        let clock = Clock::start();
        let _active = around(self.mode).attach();
        match style {
            Style::Bare => {
                let send = |index| Ok(bare.send_result(record(SINK, index)).map_err(|(error, _)| error)?);
                pump(messages, send, |result| delivered(result).map(drop)).await?;
            }
            Style::Floor => {
                let send = |index| {
                    let mut record = record(SINK, index);
                    let span = self.tracers.floor.send(&mut record.headers);
                    let delivery = bare.send_result(record).map_err(|(error, _)| error)?;
                    Ok(async move { (span, delivery.await) })
                };
                // The span ends when it is dropped.
                pump(messages, send, |(_, result)| delivered(result).map(drop)).await?;
            }
            Style::ByHand => {
                let send = |index| {
                    let mut record = record(SINK, index);
                    let partition = record.partition.unwrap_or_default();
                    let cx = by_hand.send(record.topic, partition, &mut record.headers);
                    let delivery = bare.send_result(record).map_err(|(error, _)| error)?;
                    Ok(async move { (cx, delivery.await) })
                };
                let finish = |(cx, result): (Context, _)| {
                    let (_, offset) = delivered(result)?;
                    cx.span().set_attribute(KeyValue::new("messaging.kafka.offset", offset));
                    cx.span().end();
                    Ok(())
                };
                pump(messages, send, finish).await?;
            }
            Style::Ours => {
                let send = |index| self.traced.send(record(SINK, index));
                pump(messages, send, |result| delivered(result).map(drop)).await?;
            }
        }
        Ok(clock)
    }

    /// Reads a topic from its beginning. The clock starts with the first message: finding the broker is not the point.
    async fn receive(&self, style: Style, messages: u32) -> anyhow::Result<Clock> {
        let topic = if self.mode == Mode::Unsampled { UNSAMPLED } else { SAMPLED };
        let mut partitions = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            partitions.add_partition_offset(topic, partition, Offset::Offset(0))?;
        }
        let bare = self.traced.bare_consumer();
        bare.assign(&partitions)?;
        let (by_hand, floor) = (&self.tracers.by_hand, &self.tracers.floor);
        let mut sum = 0;
        let mut clock = None;
        let mut arrived = || {
            clock.get_or_insert_with(Clock::start);
        };
        if style == Style::Ours {
            sum += self.traced.receive(messages, arrived, handle).await?;
        } else {
            let mut stream = bare.stream();
            for _ in 0..messages {
                let message = stream.next().await.context("the stream ended")??;
                arrived();
                match style {
                    Style::Floor => {
                        sum += floor.process(message.headers(), message.offset(), || handle(&message));
                    }
                    Style::ByHand => {
                        let (partition, offset) = (message.partition(), message.offset());
                        let cx = by_hand.process(message.topic(), partition, offset, message.headers());
                        sum += async { handle(&message) }.with_context(cx.clone()).await;
                        cx.span().end();
                    }
                    Style::Bare | Style::Ours => sum += async { handle(&message) }.await,
                }
            }
        }
        black_box(sum);
        Ok(clock.unwrap_or_else(Clock::start))
    }
}

fn record(topic: &'static str, index: u32) -> FutureRecord<'static, (), [u8]> {
    let partition = i32::try_from(index).unwrap_or_default() % PARTITIONS;
    FutureRecord::to(topic).partition(partition).payload(&PAYLOAD[..])
}

/// Sends so many messages, a thousand of them in flight, and waits for every delivery.
async fn pump<F: Future>(
    messages: u32,
    send: impl Fn(u32) -> anyhow::Result<F>,
    finish: impl Fn(F::Output) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut in_flight = VecDeque::with_capacity(IN_FLIGHT);
    for index in 0..messages {
        if in_flight.len() == IN_FLIGHT
            && let Some(oldest) = in_flight.pop_front()
        {
            finish(oldest.await)?;
        }
        in_flight.push_back(send(index)?);
    }
    for rest in in_flight {
        finish(rest.await)?;
    }
    Ok(())
}

fn delivered(result: Result<OwnedDeliveryResult, Canceled>) -> anyhow::Result<(i32, i64)> {
    match result {
        Ok(Ok(delivery)) => Ok((delivery.partition, delivery.offset)),
        Ok(Err((error, _))) => Err(error.into()),
        Err(Canceled) => Err(anyhow!("the producer is gone")),
    }
}

/// The handler: it reads the payload.
fn handle(message: &BorrowedMessage<'_>) -> u64 {
    message.payload().into_iter().flatten().map(|byte| u64::from(*byte)).sum()
}
