//! Kafka, with rdkafka.

use std::time::Duration;

use anyhow::{Context, anyhow};
use opentelemetry::trace::FutureExt;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{Header as RecordHeader, Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tracehop_kafka::{IntoTraced, TracedFutureProducer, TracedStreamConsumer};

use super::Application;
use crate::journey::Journey;
use crate::seen::{NOTE, NOTES};
use crate::word::Header;

const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Half {
    topic: String,
    producer: TracedFutureProducer,
    consumer: Option<TracedStreamConsumer>,
}

impl Half {
    pub(super) async fn open(
        app: &Application,
        address: &str,
        topic: &str,
        receives: bool,
    ) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", address).set("broker.address.family", "v4").set("linger.ms", "0");
        let admin: AdminClient<DefaultClientContext> = config.create()?;
        let new = NewTopic::new(topic, 1, TopicReplication::Fixed(1)).set("retention.ms", "600000");
        let made =
            admin.create_topics([&new], &AdminOptions::new().operation_timeout(Some(DEADLINE))).await?;
        for result in made {
            result.map_err(|(topic, error)| anyhow!("the topic {topic} cannot be made: {error}"))?;
        }
        let producer = config.create::<FutureProducer>()?.traced(&app.tracer);
        config.set("group.id", topic).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        let consumer = if receives {
            let consumer: StreamConsumer = config.create()?;
            consumer.subscribe(&[topic])?;
            Some(consumer.traced(&app.tracer))
        } else {
            None
        };
        Ok(Self { topic: topic.to_owned(), producer, consumer })
    }

    pub(super) async fn send(&self, app: &Application, journey: Journey) -> anyhow::Result<()> {
        let headers = NOTES.iter().fold(OwnedHeaders::new(), |headers, note| {
            headers.insert(RecordHeader { key: NOTE, value: Some(*note) })
        });
        let record = FutureRecord::<(), _>::to(&self.topic).payload("{}").headers(headers);
        let sent = self.producer.send(record, DEADLINE).with_context(app.checkout(journey)?).await;
        sent.map_err(|(error, _)| error)?;
        Ok(())
    }

    pub(super) async fn handle_one(&self, app: &Application) -> anyhow::Result<Vec<Header>> {
        let consumer = self.consumer.as_ref().context("this half sends")?;
        let record = consumer.recv().await?;
        record.process(async { app.handle() }).await;
        consumer.commit_message(&record, CommitMode::Sync)?;
        let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        let headers = record.headers().into_iter().flat_map(Headers::iter);
        Ok(headers.map(|header| (header.key.to_owned(), text(header.value))).collect())
    }
}
