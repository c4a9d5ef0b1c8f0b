//! Kafka: one inside this process, or a given cluster.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::FutureProducer;
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedStreamConsumer,
};

use crate::lane::Lane;

const PARTITIONS: i32 = 3;
const PATIENCE: Duration = Duration::from_secs(10);

/// A cluster with the pipeline's topics.
pub(crate) struct Kafka {
    servers: String,
    topics: Vec<String>,
    // Dropped last, when the clients are gone.
    embedded: Option<EmbeddedBroker>,
}

impl Kafka {
    /// `suffix` tells this run's topics from those of other runs.
    pub(crate) async fn connect(servers: Option<&str>, suffix: &str) -> anyhow::Result<Self> {
        let lanes = Lane::ALL.iter().map(|lane| lane.queues(suffix));
        let topics = lanes.flat_map(|queues| [queues.name, queues.dead_letters]).collect();
        match servers {
            None => Self::embedded(topics),
            Some(servers) => Self::given(servers, topics).await,
        }
    }

    fn embedded(topics: Vec<String>) -> anyhow::Result<Self> {
        let broker = EmbeddedBroker::start().context("cannot start the broker inside this process")?;
        for topic in &topics {
            broker.create_topic(topic, PARTITIONS)?;
        }
        Ok(Self { servers: broker.bootstrap_servers().to_owned(), topics, embedded: Some(broker) })
    }

    async fn given(servers: &str, topics: Vec<String>) -> anyhow::Result<Self> {
        let broker = Self { servers: servers.to_owned(), topics, embedded: None };
        let topics =
            broker.topics.iter().map(|topic| NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1)));
        let topics: Vec<_> = topics.collect();
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let created = broker.admin()?.create_topics(&topics, &options).await.with_context(|| {
            format!("no Kafka cluster answers at {servers}: start one, or leave --kafka-brokers out")
        })?;
        for topic in created {
            if let Err((topic, code)) = topic {
                bail!("the cluster at {servers} does not let me create the topic {topic}: {code}");
            }
        }
        Ok(broker)
    }

    pub(crate) fn description(&self) -> String {
        let inside = if self.embedded.is_some() { " (inside this process)" } else { "" };
        format!("{}{inside}", self.servers)
    }

    /// Removes the topics from a cluster that goes on living.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        if self.embedded.is_none() {
            let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
            self.admin()?.delete_topics(&topics, &AdminOptions::new()).await?;
        }
        Ok(())
    }

    pub(crate) fn producer(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedFutureProducer> {
        Ok(self.client::<FutureProducer>("linger.ms", "1")?.traced(tracer))
    }

    pub(crate) fn consumer(
        &self,
        topic: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedStreamConsumer> {
        // Each topic has one group, that of the service which consumes it.
        let consumer = self.client::<StreamConsumer>("group.id", topic)?.traced(tracer);
        consumer.subscribe(&[topic])?;
        Ok(consumer)
    }

    fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        self.client("client.id", "order-pipeline")
    }

    fn client<T: FromClientConfig>(&self, key: &str, value: &str) -> anyhow::Result<T> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers).set(key, value);
        if key == "group.id" {
            // The services store the offset of each order that is done, and the client commits it in the background.
            config.set("auto.offset.reset", "earliest").set("enable.auto.offset.store", "false");
            // The broker inside this process answers a waiting consumer only when its patience ends.
            config.set("fetch.wait.max.ms", "5");
        }
        Ok(config.create()?)
    }
}
