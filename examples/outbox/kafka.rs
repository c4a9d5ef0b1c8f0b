//! Kafka: one inside this process, or a given cluster. Other processes reach both by their address.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, StreamConsumer};
use rdkafka::producer::FutureProducer;
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedStreamConsumer,
};

use crate::topics::Topics;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Kafka {
    pub(crate) servers: String,
    pub(crate) topics: Topics,
    // Dropped last, when the clients are gone.
    embedded: Option<EmbeddedBroker>,
}

impl Kafka {
    pub(crate) async fn connect(servers: Option<&str>) -> anyhow::Result<Self> {
        let Some(servers) = servers else {
            let broker = EmbeddedBroker::start().context("cannot start the broker inside this process")?;
            let topics = Topics::with("");
            for topic in topics.all() {
                broker.create_topic(topic, 1)?;
            }
            return Ok(Self {
                servers: broker.bootstrap_servers().to_owned(),
                topics,
                embedded: Some(broker),
            });
        };
        let kafka = Self { servers: servers.to_owned(), topics: Topics::of_this_run(), embedded: None };
        kafka.create_topics().await?;
        Ok(kafka)
    }

    async fn create_topics(&self) -> anyhow::Result<()> {
        let servers = &self.servers;
        let topics = self.topics.all().map(|topic| NewTopic::new(topic, 1, TopicReplication::Fixed(1)));
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let created = self.admin()?.create_topics(&topics, &options).await.with_context(|| {
            format!("no Kafka cluster answers at {servers}: start one, or leave --kafka-brokers out")
        })?;
        for topic in created {
            if let Err((topic, code)) = topic {
                bail!("the cluster at {servers} does not let me create the topic {topic}: {code}");
            }
        }
        Ok(())
    }

    /// Removes the topics from a cluster that goes on living.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        if self.embedded.is_none() {
            self.admin()?.delete_topics(&self.topics.all(), &AdminOptions::new()).await?;
        }
        Ok(())
    }

    pub(crate) fn description(&self) -> String {
        let inside = if self.embedded.is_some() { " (inside this process)" } else { "" };
        format!("{}{inside}", self.servers)
    }

    pub(crate) fn producer(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedFutureProducer> {
        Ok(self.config().create::<FutureProducer>()?.traced(tracer))
    }

    /// A consumer of all topics, from their beginning.
    pub(crate) fn consumer(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedStreamConsumer> {
        let mut config = self.config();
        config.set("group.id", &self.topics.orders).set("auto.offset.reset", "earliest");
        config.set("enable.auto.offset.store", "false");
        if self.embedded.is_some() {
            // The broker inside this process answers a waiting consumer only when its patience ends.
            config.set("fetch.wait.max.ms", "5");
        }
        let consumer = config.create::<StreamConsumer>()?.traced(tracer);
        consumer.subscribe(&self.topics.all())?;
        Ok(consumer)
    }

    /// How many messages are in the topics. It blocks the thread.
    pub(crate) fn messages(&self) -> anyhow::Result<usize> {
        let consumer: BaseConsumer = self.config().create()?;
        let mut messages = 0;
        for topic in self.topics.all() {
            let (low, high) = consumer.fetch_watermarks(topic, 0, PATIENCE)?;
            messages += usize::try_from(high - low)?;
        }
        Ok(messages)
    }

    fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        Ok(self.config().create()?)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config
    }
}
