//! A broker, clients and a recorder for one test.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::time::Duration;

use futures::TryStreamExt;
use rdkafka::client::Client;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, MessagingTracer, TracedFutureProducer, TracedMessage, TracedStreamConsumer,
};
use tracehop_testing::SpanRecorder;

/// Longer than anything takes here; a test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A valid context, as another service would send it.
pub(crate) const FOREIGN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(crate) struct Fixture {
    pub(crate) spans: SpanRecorder,
    pub(crate) tracer: MessagingTracer,
    // Dropped after the clients, which the tests hold.
    pub(crate) broker: EmbeddedBroker,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::recording(SpanRecorder::new())
    }

    pub(crate) fn recording(spans: SpanRecorder) -> Self {
        let tracer = spans.messaging_tracer();
        Self::with_tracer(spans, tracer)
    }

    pub(crate) fn with_tracer(spans: SpanRecorder, tracer: MessagingTracer) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_topic("orders", 1).unwrap();
        broker.create_topic("shipments", 1).unwrap();
        Self { spans, tracer, broker }
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.broker.bootstrap_servers())
            .set("client.id", "test")
            .set("linger.ms", "0")
            .set("fetch.wait.max.ms", "5");
        config
    }

    /// From now on the broker answers nobody, and so nothing is delivered.
    pub(crate) fn down(&self) {
        self.broker.cluster().unwrap().broker_down(-1).unwrap();
    }

    /// It does again.
    pub(crate) fn up(&self) {
        self.broker.cluster().unwrap().broker_up(-1).unwrap();
    }

    pub(crate) fn producer(&self) -> TracedFutureProducer {
        self.config().create::<FutureProducer>().unwrap().traced(&self.tracer)
    }

    pub(crate) fn bare_producer(&self) -> FutureProducer {
        self.config().create().unwrap()
    }

    /// A consumer that reads a topic from its start, without waiting for a group.
    pub(crate) fn consumer(&self, topic: &str) -> TracedStreamConsumer {
        let mut config = self.config();
        // A commit of the client's own, after some seconds, would take the answer that a test prepared for its commit.
        config.set("group.id", "billing").set("enable.auto.commit", "false");
        let consumer: StreamConsumer = config.create().unwrap();
        let consumer = consumer.traced(&self.tracer);
        consumer.assign(&from_start(topic)).unwrap();
        consumer
    }
}

pub(crate) fn from_start(topic: &str) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    list
}

pub(crate) fn order() -> FutureRecord<'static, str, str> {
    FutureRecord::to("orders").key("ord_42").payload("{}")
}

pub(crate) async fn send(producer: &TracedFutureProducer, record: FutureRecord<'_, str, str>) {
    tokio::time::timeout(DEADLINE, producer.send(record, DEADLINE)).await.unwrap().unwrap();
}

pub(crate) async fn next(consumer: &TracedStreamConsumer) -> TracedMessage<'_> {
    tokio::time::timeout(DEADLINE, consumer.stream().try_next()).await.unwrap().unwrap().unwrap()
}

/// Returns when a client knows the cluster's name. That a message went through does not say so: librdkafka tells its
/// topics of new metadata, and so may send and fetch, before it notes the name that stands in the same answer.
pub(crate) fn know_cluster<C: ClientContext>(client: &Client<C>) {
    // It is handed out when all of it is noted.
    client.fetch_metadata(Some("orders"), DEADLINE).unwrap();
    assert!(client.fetch_cluster_id(Duration::ZERO).is_some(), "the broker tells its cluster's name");
}

pub(crate) fn headers(list: &[(&str, Option<&str>)]) -> OwnedHeaders {
    list.iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: *value }))
}

/// The headers of a message as text, in order.
pub(crate) fn dump(message: &impl rdkafka::Message) -> Vec<(String, Option<String>)> {
    use rdkafka::message::Headers;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let list = message.headers().into_iter().flat_map(Headers::iter);
    list.map(|header| (header.key.to_owned(), header.value.map(text))).collect()
}
