//! The lanes between the services, each on the broker that is given for it, else on Kafka.
//!
//! Every broker has the same three steps: wrap, process, settle. A service that uses one broker has one of these arms.

use std::fmt::Display;
use std::time::Duration;

use anyhow::anyhow;
use async_nats::jetstream::consumer::pull;
use futures::{Stream, StreamExt, TryStreamExt};
use lapin::BasicProperties;
use lapin::options::{BasicAckOptions, BasicPublishOptions};
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::producer::FutureRecord;
use serde::Serialize;
use tracehop_kafka::{MessagingTracer, TracedFutureProducer, TracedStreamConsumer};
use tracehop_nats::{TracedContext, TracedMessages};
use tracehop_rabbitmq::{TracedChannel, TracedConsumer};

use crate::cli::Cli;
use crate::kafka::Kafka;
use crate::nats::Nats;
use crate::rabbitmq::RabbitMq;

const PATIENCE: Duration = Duration::from_secs(10);

/// From payments to shipping, or from shipping to orders.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    Payments,
    Shipments,
}

/// The brokers of this run.
pub(crate) struct Brokers {
    pub(crate) kafka: Kafka,
    rabbitmq: Option<RabbitMq>,
    nats: Option<Nats>,
}

impl Brokers {
    pub(crate) async fn connect(cli: &Cli) -> anyhow::Result<Self> {
        // A broker may be shared, and an earlier run may have left something behind.
        let given = cli.kafka_brokers.is_some() || cli.amqp_url.is_some() || cli.nats_url.is_some();
        let suffix = if given { format!("-{}", std::process::id()) } else { String::new() };
        let kafka = Kafka::connect(cli.kafka_brokers.as_deref(), &suffix).await?;
        let rabbitmq = match &cli.amqp_url {
            Some(url) => Some(RabbitMq::connect(url).await?),
            None => None,
        };
        let nats = match &cli.nats_url {
            Some(url) => Some(Nats::connect(url).await?),
            None => None,
        };
        let brokers = Self { kafka, rabbitmq, nats };
        if let Some(rabbitmq) = &brokers.rabbitmq {
            rabbitmq.declare(brokers.name(Lane::Payments)).await?;
        }
        if let Some(nats) = &brokers.nats {
            nats.declare(brokers.name(Lane::Shipments)).await?;
        }
        Ok(brokers)
    }

    pub(crate) fn description(&self) -> String {
        let others = [self.rabbitmq.as_ref().map(|_| ", RabbitMQ"), self.nats.as_ref().map(|_| ", NATS")];
        format!("Kafka at {}{}", self.kafka.description(), others.map(Option::unwrap_or_default).concat())
    }

    /// Removes what would stay behind on brokers that go on living.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        if let Some(nats) = &self.nats {
            nats.clean_up(self.name(Lane::Shipments)).await?;
        }
        self.kafka.clean_up().await
    }

    fn name(&self, lane: Lane) -> &str {
        match lane {
            Lane::Payments => &self.kafka.topics.payments,
            Lane::Shipments => &self.kafka.topics.shipments,
        }
    }

    pub(crate) async fn sender(&self, lane: Lane, tracer: &MessagingTracer) -> anyhow::Result<Sender> {
        let name = self.name(lane).to_owned();
        Ok(match (lane, &self.rabbitmq, &self.nats) {
            (Lane::Payments, Some(rabbitmq), _) => Sender::RabbitMq(rabbitmq.publisher(tracer).await?, name),
            (Lane::Shipments, _, Some(nats)) => Sender::Nats(Box::new(nats.publisher(tracer)), name),
            _ => Sender::Kafka(self.kafka.producer(tracer)?, name),
        })
    }

    pub(crate) async fn receiver(
        &self,
        lane: Lane,
        group: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<Receiver> {
        let name = self.name(lane);
        Ok(match (lane, &self.rabbitmq, &self.nats) {
            (Lane::Payments, Some(rabbitmq), _) => Receiver::RabbitMq(rabbitmq.consumer(name, tracer).await?),
            (Lane::Shipments, _, Some(nats)) => {
                Receiver::Nats(Box::new(nats.consumer(name, group, tracer).await?))
            }
            _ => Receiver::Kafka(self.kafka.consumer(group, name, tracer)?),
        })
    }
}

/// The end of a lane that events go in.
pub(crate) enum Sender {
    Kafka(TracedFutureProducer, String),
    RabbitMq(TracedChannel, String),
    Nats(Box<TracedContext>, String),
}

impl Sender {
    /// Sends an event, and waits until the broker has it.
    pub(crate) async fn send(&self, key: &str, event: &impl Serialize) -> anyhow::Result<()> {
        let payload = serde_json::to_vec(event)?;
        match self {
            Self::Kafka(producer, topic) => {
                let record = FutureRecord::to(topic).key(key).payload(&payload);
                producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
            }
            Self::RabbitMq(channel, queue) => {
                let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
                channel
                    .basic_publish("".into(), queue.as_str().into(), options, &payload, properties)
                    .await?
                    .await?;
            }
            Self::Nats(context, subject) => {
                context.publish(subject.clone(), payload.into()).await?.await?;
            }
        }
        Ok(())
    }
}

/// The end of a lane that events come out.
pub(crate) enum Receiver {
    Kafka(TracedStreamConsumer),
    RabbitMq(TracedConsumer),
    Nats(Box<TracedMessages<pull::Stream>>),
}

/// What a service does with an event.
pub(crate) trait Handler: Sync {
    fn handle(&self, payload: &[u8]) -> impl Future<Output = anyhow::Result<()>> + Send;
}

impl Receiver {
    /// Handles `limit` events, so many at once, and settles each.
    pub(crate) async fn handle(
        self,
        limit: usize,
        at_once: usize,
        handler: &impl Handler,
    ) -> anyhow::Result<()> {
        match self {
            Self::Kafka(consumer) => {
                let consumer = &consumer;
                each(consumer.stream(), limit, at_once, |message| async move {
                    message.process(handler.handle(message.payload().unwrap_or_default())).await?;
                    consumer.commit_message(&message, CommitMode::Async)?;
                    Ok(())
                })
                .await
            }
            Self::RabbitMq(consumer) => {
                each(consumer, limit, at_once, |message| async move {
                    message.process(handler.handle(&message.data)).await?;
                    message.ack(BasicAckOptions::default()).await?;
                    Ok(())
                })
                .await
            }
            Self::Nats(messages) => {
                each(*messages, limit, at_once, |message| async move {
                    message.process(handler.handle(&message.payload)).await?;
                    message.ack().await.map_err(anyhow::Error::from_boxed)
                })
                .await
            }
        }
    }
}

async fn each<M, E, F>(
    messages: impl Stream<Item = Result<M, E>>,
    limit: usize,
    at_once: usize,
    handle: impl FnMut(M) -> F,
) -> anyhow::Result<()>
where
    E: Display,
    F: Future<Output = anyhow::Result<()>>,
{
    let messages = messages.take(limit).map_err(|error| anyhow!("a broker failed: {error:#}"));
    messages.try_for_each_concurrent(at_once, handle).await
}
