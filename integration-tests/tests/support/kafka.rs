//! Clients of the real Kafka.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers as _, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tracehop::{IntoTraced, MessagingTracer};
use tracehop_kafka::{TracedFutureProducer, TracedMessage, TracedStreamConsumer};

use super::{DEADLINE, within};

/// The address, `host:port`.
pub(crate) fn address() -> String {
    tracehop_brokers::kafka().blocking().unwrap().bootstrap_servers().to_owned()
}

/// A client that does not wait for more messages before it sends or gets them.
pub(crate) fn config() -> ClientConfig {
    config_at(&address())
}

pub(crate) fn config_at(address: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", address)
        .set("broker.address.family", "v4")
        .set("linger.ms", "0")
        .set("fetch.wait.max.ms", "10")
        .set("enable.idempotence", "true");
    config
}

/// The same for a consumer. Nothing is committed unless the test does.
pub(crate) fn config_of_group(group: &str) -> ClientConfig {
    let mut config = config();
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        // A machine that stands still for a moment must not lose its members.
        .set("session.timeout.ms", "30000")
        .set("heartbeat.interval.ms", "200");
    config.remove("enable.idempotence");
    config
}

/// Makes a topic. It is there for all clients when this returns.
pub(crate) async fn create_topic(name: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = config().create().unwrap();
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    // Whatever becomes of the test, the broker forgets what is in it.
    let topic = topic.set("retention.ms", "600000");
    let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
    let results = within(admin.create_topics([&topic], &options)).await.unwrap();
    results[0].as_ref().unwrap();
    // A producer that asks too early would be told that there is no such topic, and ask again a second later.
    within(async {
        let known = |name: String| {
            let metadata = admin.inner().fetch_metadata(Some(&name), DEADLINE).unwrap();
            let topic = metadata.topics().first();
            let led =
                topic.map_or(0, |topic| topic.partitions().iter().filter(|it| it.leader() >= 0).count());
            i32::try_from(led) == Ok(partitions)
        };
        while !known(name.to_owned()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub(crate) fn producer(tracer: &MessagingTracer) -> TracedFutureProducer {
    config().create::<FutureProducer>().unwrap().traced(tracer)
}

/// A member of a group, subscribed to `topic`.
pub(crate) fn consumer(topic: &str, group: &str, tracer: &MessagingTracer) -> TracedStreamConsumer {
    let consumer: StreamConsumer = config_of_group(group).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer.traced(tracer)
}

/// The same in another service.
pub(crate) fn bare_consumer(topic: &str, group: &str) -> StreamConsumer {
    let consumer: StreamConsumer = config_of_group(group).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

/// Sends and waits for the broker's answer.
pub(crate) async fn send(producer: &TracedFutureProducer, topic: &str, payload: &str) {
    let record = FutureRecord::to(topic).key("key").payload(payload);
    within(producer.send(record, DEADLINE)).await.unwrap();
}

pub(crate) async fn next(consumer: &TracedStreamConsumer) -> TracedMessage<'_> {
    within(consumer.recv()).await.unwrap()
}

pub(crate) fn text(message: &impl Message) -> String {
    String::from_utf8(message.payload().unwrap_or_default().to_vec()).unwrap()
}

pub(crate) fn owned_headers(list: &[(&str, String)]) -> OwnedHeaders {
    list.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_str()) })
    })
}

/// All headers, as text.
pub(crate) fn headers(message: &impl Message) -> Vec<(String, String)> {
    let headers = message.headers().unwrap();
    let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap_or_default().to_vec()).unwrap();
    headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
}
