//! Kafka: one inside this process, or a given cluster.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use tracehop_kafka::{EmbeddedBroker, MessagingTracer};

use crate::shape::Shape;
use crate::shop::{PARTITIONS, Shop};

const PATIENCE: Duration = Duration::from_secs(10);

/// A cluster with two topics for each shape: orders, and dead letters.
pub(crate) struct Cluster {
    servers: String,
    suffix: String,
    topics: Vec<String>,
    // Dropped last, when the clients are gone.
    embedded: Option<EmbeddedBroker>,
}

impl Cluster {
    pub(crate) async fn connect(servers: Option<&str>, shapes: &[Shape]) -> anyhow::Result<Self> {
        // Tells the topics of this run from those of others.
        let suffix = if servers.is_some() { format!(".{}", std::process::id()) } else { String::new() };
        let topics = shapes.iter().flat_map(|shape| topics(*shape, &suffix)).collect();
        let Some(servers) = servers else {
            let broker = EmbeddedBroker::start().context("cannot start the broker inside this process")?;
            let cluster =
                Self { servers: broker.bootstrap_servers().to_owned(), suffix, topics, embedded: None };
            for topic in &cluster.topics {
                broker.create_topic(topic, PARTITIONS)?;
            }
            return Ok(Self { embedded: Some(broker), ..cluster });
        };
        let cluster = Self { servers: servers.to_owned(), suffix, topics, embedded: None };
        cluster.create_topics().await?;
        Ok(cluster)
    }

    async fn create_topics(&self) -> anyhow::Result<()> {
        let new =
            self.topics.iter().map(|topic| NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1)));
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let created = self.admin()?.create_topics(&new.collect::<Vec<_>>(), &options).await;
        for topic in created.with_context(|| format!("no Kafka cluster answers at {}", self.servers))? {
            if let Err((topic, code)) = topic {
                bail!("the cluster at {} does not let me create the topic {topic}: {code}", self.servers);
            }
        }
        Ok(())
    }

    /// Removes the topics from a cluster that goes on living.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        if self.embedded.is_none() {
            let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
            self.admin()?.delete_topics(&topics, &AdminOptions::new()).await?;
        }
        Ok(())
    }

    pub(crate) fn shop(&self, shape: Shape, tracer: &MessagingTracer) -> Shop {
        Shop::new(self.config(), topics(shape, &self.suffix), tracer)
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers).set("client.id", "worker-pools");
        if self.embedded.is_some() {
            // The broker inside this process answers a waiting consumer only when its patience ends, and lets nobody join a
            // group for about so long after a member left it.
            config.set("fetch.wait.max.ms", "5").set("session.timeout.ms", "2000");
            // Soon, so that a consumer does not begin again with what the one before it has done.
            config.set("heartbeat.interval.ms", "100").set("auto.commit.interval.ms", "100");
        }
        config
    }

    fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        Ok(self.config().create()?)
    }
}

fn topics(shape: Shape, suffix: &str) -> [String; 2] {
    let orders = format!("orders.{}{suffix}", shape.name());
    let dead_letters = format!("{orders}.dead");
    [orders, dead_letters]
}
