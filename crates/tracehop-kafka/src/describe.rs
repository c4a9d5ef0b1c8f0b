//! What Kafka's clients and messages say about themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rdkafka::client::{Client, ClientContext};
use rdkafka::message::{BorrowedMessage, Message, OwnedMessage};
use rdkafka::{Timestamp, TopicPartitionList};
use tracehop::{
    AttributeValue, Carrier, ClientFacts, ClientTracer, Destination, Inbound, MessageInfo, MessagingTracer,
};

use crate::{Kafka, KafkaHeaders, ffi, semconv};

impl Inbound<Kafka> for BorrowedMessage<'_> {
    fn info(&self) -> MessageInfo<'_> {
        info_of(self)
    }

    fn headers(&self) -> impl Carrier + '_ {
        Message::headers(self).map(KafkaHeaders)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        sent_at(self.timestamp())
    }
}

impl Inbound<Kafka> for OwnedMessage {
    fn info(&self) -> MessageInfo<'_> {
        info_of(self)
    }

    fn headers(&self) -> impl Carrier + '_ {
        Message::headers(self).map(|headers| KafkaHeaders(headers.as_borrowed()))
    }

    fn sent_at(&self) -> Option<SystemTime> {
        sent_at(self.timestamp())
    }
}

/// The facts about a message that has its place in a topic.
pub(crate) fn info_of(message: &impl Message) -> MessageInfo<'_> {
    let payload = message.payload().map(<[u8]>::len);
    info(message.topic(), Some(message.partition()), message.key(), payload)
        .attribute(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(message.offset()))
}

/// The facts about a message that is settled: where it is, and nothing of what it says.
pub(crate) fn info_of_settled(message: &impl Message) -> MessageInfo<'_> {
    MessageInfo::to(Destination::named(message.topic()))
        .partition(message.partition())
        .attribute(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(message.offset()))
}

/// The facts about one message or record.
pub(crate) fn info<'a>(
    topic: &'a str,
    partition: Option<i32>,
    key: Option<&'a [u8]>,
    payload: Option<usize>,
) -> MessageInfo<'a> {
    let mut info = MessageInfo::to(Destination::named(topic));
    if let Some(partition) = partition.filter(|partition| *partition >= 0) {
        info = info.partition(partition);
    }
    if let Some(key) = key {
        info = info.key(semconv::MESSAGING_KAFKA_MESSAGE_KEY, key);
    }
    match payload {
        Some(bytes) => info.body_size(bytes),
        None => info.attribute(semconv::MESSAGING_KAFKA_MESSAGE_TOMBSTONE, AttributeValue::Bool(true)),
    }
}

/// The facts about a commit of several offsets: the topic only if there is but one.
pub(crate) fn info_of_offsets(topics: &[(String, i32)]) -> MessageInfo<'_> {
    match topics {
        [(topic, partition)] => MessageInfo::to(Destination::named(topic)).partition(*partition),
        [(topic, _), rest @ ..] if rest.iter().all(|(other, _)| other == topic) => {
            MessageInfo::to(Destination::named(topic))
        }
        _ => MessageInfo::to(Destination::none()),
    }
}

pub(crate) fn topics(offsets: &TopicPartitionList) -> Vec<(String, i32)> {
    offsets.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect()
}

fn sent_at(timestamp: Timestamp) -> Option<SystemTime> {
    let millis = u64::try_from(timestamp.to_millis()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// The tracer of one Kafka client, which also finds out the cluster's name.
#[derive(Clone, Debug)]
pub(crate) struct KafkaTracer {
    pub(crate) client: ClientTracer<Kafka>,
    lookups: Arc<AtomicU32>,
}

impl KafkaTracer {
    pub(crate) fn new<C: ClientContext>(tracer: &MessagingTracer, client: &Client<C>) -> Self {
        Self { client: ClientTracer::new(tracer, facts(client)), lookups: Arc::default() }
    }

    /// Asks librdkafka for the cluster's name, which it knows once it got metadata. It never waits; until the name is
    /// known it asks ever more rarely, for brokers may not tell.
    pub(crate) fn learn_cluster<C: ClientContext>(&self, client: &Client<C>) {
        if self.client.has_learnt() {
            return;
        }
        let lookup = self.lookups.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if lookup.is_power_of_two()
            && let Some(id) = client.fetch_cluster_id(Duration::ZERO)
        {
            self.client.learn(semconv::MESSAGING_KAFKA_CLUSTER_ID, &id);
        }
    }
}

/// What the client's configuration says.
fn facts<C: ClientContext>(client: &Client<C>) -> ClientFacts {
    let config = |key| ffi::config(client, key).filter(|value| !value.is_empty());
    let mut facts = ClientFacts::default();
    if let Some(id) = config("client.id") {
        facts = facts.client_id(&id);
    }
    if let Some(group) = config("group.id") {
        facts = facts.consumer_group(&group);
    }
    if let Some((host, port)) = config("bootstrap.servers").as_deref().and_then(first_server) {
        facts = facts.server(host, port);
    }
    facts
}

/// Host and port of the first bootstrap server: which broker a message really went to is librdkafka's secret.
fn first_server(servers: &str) -> Option<(&str, Option<u16>)> {
    let first = servers.split(',').map(str::trim).find(|server| !server.is_empty())?;
    let first = first.split_once("://").map_or(first, |(_, server)| server);
    let (host, port) = match first.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (first, None),
    };
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bootstrap_server_is_the_clients_address() {
        for (servers, expected) in [
            ("kafka-1:9092,kafka-2:9093", Some(("kafka-1", Some(9092)))),
            ("kafka-1", Some(("kafka-1", None))),
            ("SASL_SSL://kafka-1:9094", Some(("kafka-1", Some(9094)))),
            ("[::1]:9092", Some(("::1", Some(9092)))),
            ("::1", Some(("::1", None))),
            (" , ", None),
        ] {
            assert_eq!(first_server(servers), expected, "{servers}");
        }
    }
}
