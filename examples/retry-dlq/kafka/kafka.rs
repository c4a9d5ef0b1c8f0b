//! Kafka: one inside this process, or a given cluster.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::FutureProducer;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedStreamConsumer,
};

use crate::names;
use crate::next::Next;
use crate::wait::Wait;

const PARTITIONS: i32 = 1;
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How long a try may take: librdkafka's own default for the time between two polls.
const MAX_TRY: Duration = Duration::from_secs(300);

/// A cluster with the topics of this run.
pub(crate) struct Kafka {
    pub(super) servers: String,
    pub(super) suffix: String,
    // Dropped last, when the clients are gone.
    pub(crate) embedded: Option<EmbeddedBroker>,
}

impl Kafka {
    pub(crate) async fn connect(servers: Option<&str>) -> anyhow::Result<Self> {
        let Some(servers) = servers else { return Self::embedded() };
        let cluster = Self { servers: servers.to_owned(), suffix: names::of_this_run(), embedded: None };
        let topics = cluster.topics();
        let new = topics.iter().map(|topic| NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1)));
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let created = cluster.admin()?.create_topics(&new.collect::<Vec<_>>(), &options).await;
        for topic in created.with_context(|| {
            format!("no Kafka cluster answers at {servers}: start one, or leave --address out")
        })? {
            if let Err((topic, code)) = topic {
                bail!("the cluster at {servers} does not let me create the topic {topic}: {code}");
            }
        }
        Ok(cluster)
    }

    fn embedded() -> anyhow::Result<Self> {
        let broker = EmbeddedBroker::start().context("cannot start the broker inside this process")?;
        let servers = broker.bootstrap_servers().to_owned();
        let cluster = Self { servers, suffix: String::new(), embedded: None };
        for topic in cluster.topics() {
            broker.create_topic(&topic, PARTITIONS)?;
        }
        Ok(Self { embedded: Some(broker), ..cluster })
    }

    pub(super) fn orders(&self) -> String {
        format!("orders{}", self.suffix)
    }

    /// Where an order goes whose payment failed.
    pub(super) fn topic(&self, next: Next) -> String {
        let last = match next {
            Next::Retry(Wait::Short) => "retry.1",
            Next::Retry(Wait::Long) => "retry.2",
            Next::Dead => "dead",
            Next::Parked => "parked",
        };
        format!("{}.{last}", self.orders())
    }

    pub(super) fn topics(&self) -> Vec<String> {
        let sent_on = Wait::ALL.map(Next::Retry).into_iter().chain([Next::Dead, Next::Parked]);
        [self.orders()].into_iter().chain(sent_on.map(|next| self.topic(next))).collect()
    }

    pub(super) fn producer(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedFutureProducer> {
        let mut config = self.config();
        // A record that is sent again, because its answer was lost, is stored once, and in its place.
        config.set("enable.idempotence", "true").set("linger.ms", "1");
        // `forward` waits as long as this: it has to give up before the group takes the consumer's partitions away.
        config.set("message.timeout.ms", "30000");
        Ok(config.create::<FutureProducer>()?.traced(tracer))
    }

    /// A consumer that may wait for `delay` between two polls.
    pub(super) fn consumer(
        &self,
        topic: &str,
        delay: Duration,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedStreamConsumer> {
        let mut config = self.config();
        // Each topic has one group, that of the service which consumes it.
        config.set("group.id", topic).set("auto.offset.reset", "earliest");
        // The services store the offset of each order that is taken care of, and the client commits it in the background.
        config.set("enable.auto.offset.store", "false");
        // A consumer that does not poll for so long loses its partitions, and its orders come again.
        config.set("max.poll.interval.ms", (MAX_TRY + delay).as_millis().to_string());
        if self.embedded.is_some() {
            // The broker inside this process answers a waiting consumer only when its patience ends.
            config.set("fetch.wait.max.ms", "5");
        }
        let consumer = config.create::<StreamConsumer>()?.traced(tracer);
        if self.embedded.is_some() {
            // Not `subscribe`: a group of that broker lets nobody in for a while after a member left it. Also, dropping a consumer
            // that is just given its partitions by a group may take for ever: librdkafka 2.12 does not answer an `assign` that
            // comes when it has closed the consumer. That happens here, because all groups of that broker form at the same time,
            // and one order that cannot be sent on, or that is parked, stops all services.
            let mut partitions = TopicPartitionList::new();
            for partition in 0..PARTITIONS {
                partitions.add_partition_offset(topic, partition, Offset::Stored)?;
            }
            consumer.assign(&partitions)?;
        } else {
            consumer.subscribe(&[topic])?;
        }
        Ok(consumer)
    }

    pub(super) fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        Ok(self.config().create()?)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers);
        config
    }
}
