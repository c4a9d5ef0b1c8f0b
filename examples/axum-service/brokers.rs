//! Kafka inside this process, and a NATS server.

use anyhow::Context;
use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::FutureProducer;
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedStreamConsumer,
};
use tracehop_nats::TracedClient;

use crate::cli::Cli;
use crate::nats_server::NatsServer;

/// The topic of orders, and of those that were refused.
pub(crate) const ORDERS: &str = "orders";
pub(crate) const DEAD: &str = "orders.dead";
/// The subject of answers.
pub(crate) const ANSWERS: &str = "orders.answered";

pub(crate) struct Brokers {
    nats: NatsServer,
    // Dropped last, when the clients are gone.
    kafka: EmbeddedBroker,
}

impl Brokers {
    pub(crate) async fn start(cli: &Cli) -> anyhow::Result<Self> {
        let nats = NatsServer::start(cli.nats_url.as_deref()).await?;
        let kafka = EmbeddedBroker::start().context("cannot start the broker inside this process")?;
        for topic in [ORDERS, DEAD] {
            kafka.create_topic(topic, 1)?;
        }
        Ok(Self { nats, kafka })
    }

    pub(crate) fn description(&self) -> String {
        let kafka = self.kafka.bootstrap_servers();
        format!("Kafka at {kafka} (inside this process), NATS at {}", self.nats.description())
    }

    pub(crate) fn producer(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedFutureProducer> {
        Ok(self.client::<FutureProducer>(&[("linger.ms", "1")])?.traced(tracer))
    }

    pub(crate) fn consumer(
        &self,
        topic: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedStreamConsumer> {
        let settings = [
            ("group.id", "worker"),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.offset.store", "false"),
            // The broker inside this process answers a waiting consumer only when its patience ends.
            ("fetch.wait.max.ms", "5"),
        ];
        let consumer = self.client::<StreamConsumer>(&settings)?.traced(tracer);
        consumer.subscribe(&[topic])?;
        Ok(consumer)
    }

    pub(crate) async fn nats(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedClient> {
        let connecting = TracedClient::connect(self.nats.url(), tracer).await;
        connecting.with_context(|| format!("no NATS server answers at {}", self.nats.description()))
    }

    fn client<T: FromClientConfig>(&self, settings: &[(&str, &str)]) -> anyhow::Result<T> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.kafka.bootstrap_servers());
        for (key, value) in settings {
            config.set(*key, *value);
        }
        Ok(config.create()?)
    }
}
