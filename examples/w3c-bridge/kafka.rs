//! Kafka: one inside this process, or a given cluster.

use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers as _, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedStreamConsumer,
};

use crate::job;
use crate::message::Message;
use crate::names::Names;
use crate::transport::Transport;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Kafka {
    bare: FutureProducer,
    requests: TracedStreamConsumer,
    service: TracedFutureProducer,
    callbacks: StreamConsumer,
    names: Names,
    cluster: Cluster,
}

enum Cluster {
    Given(AdminClient<DefaultClientContext>),
    /// Lives as long as the clients.
    Embedded {
        _broker: EmbeddedBroker,
    },
}

impl Kafka {
    pub(crate) async fn connect(
        servers: Option<&str>,
        names: Names,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        let cluster = match servers {
            None => {
                let broker =
                    EmbeddedBroker::start().context("cannot start the broker inside this process")?;
                broker.create_topic(&names.requests, 1)?;
                broker.create_topic(&names.callbacks, 1)?;
                config.set("bootstrap.servers", broker.bootstrap_servers());
                Cluster::Embedded { _broker: broker }
            }
            Some(servers) => {
                config.set("bootstrap.servers", servers);
                let admin = config.create()?;
                create_topics(&admin, &names, servers).await?;
                Cluster::Given(admin)
            }
        };
        config.set("linger.ms", "0");
        let (bare, service) = (config.create()?, config.create::<FutureProducer>()?.traced(tracer));
        // The broker inside this process answers a waiting consumer only when its patience ends.
        config
            .set("group.id", &names.stream)
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "5");
        Ok(Self {
            bare,
            requests: consumer(&config, &names.requests)?.traced(tracer),
            service,
            callbacks: consumer(&config, &names.callbacks)?,
            names,
            cluster,
        })
    }

    async fn send_traced(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        let record = FutureRecord::<(), _>::to(&self.names.callbacks).payload(&payload);
        self.service.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
        Ok(())
    }
}

/// The one partition is assigned by hand: to join a group takes seconds, in which the suite's first test would fail.
fn consumer(config: &ClientConfig, topic: &str) -> anyhow::Result<StreamConsumer> {
    let consumer: StreamConsumer = config.create()?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&partitions)?;
    Ok(consumer)
}

async fn create_topics(
    admin: &AdminClient<DefaultClientContext>,
    names: &Names,
    servers: &str,
) -> anyhow::Result<()> {
    let topics =
        [&names.requests, &names.callbacks].map(|topic| NewTopic::new(topic, 1, TopicReplication::Fixed(1)));
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let created = admin.create_topics(&topics, &options).await.with_context(|| {
        format!("no Kafka cluster answers at {servers}: start one, or leave --kafka-brokers out")
    })?;
    for topic in created {
        if let Err((topic, code)) = topic {
            bail!("the cluster at {servers} does not let me create the topic {topic}: {code}");
        }
    }
    Ok(())
}

impl Transport for Kafka {
    async fn send(&self, Message { headers, payload }: Message) -> anyhow::Result<()> {
        let headers = headers
            .iter()
            .fold(OwnedHeaders::new(), |list, (key, value)| list.insert(Header { key, value: Some(value) }));
        let record = FutureRecord::<(), _>::to(&self.names.requests).payload(&payload).headers(headers);
        self.bare.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
        Ok(())
    }

    async fn serve_one(&self) -> anyhow::Result<()> {
        let request = self.requests.recv().await?;
        let payload = request.payload().unwrap_or_default();
        request.process(job::handle(payload, |payload| self.send_traced(payload))).await
    }

    async fn receive(&self) -> anyhow::Result<Message> {
        let callback = self.callbacks.recv().await?;
        let headers = callback.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers
            .map(|Header { key, value }| (key.to_owned(), value.unwrap_or_default().to_owned()))
            .collect();
        Ok(Message { headers, payload: callback.payload().unwrap_or_default().to_owned() })
    }

    async fn clean_up(&self) -> anyhow::Result<()> {
        if let Cluster::Given(admin) = &self.cluster {
            let topics = [self.names.requests.as_str(), &self.names.callbacks];
            admin.delete_topics(&topics, &AdminOptions::new()).await?;
        }
        Ok(())
    }
}
