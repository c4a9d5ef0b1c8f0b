//! Kafka: the cluster inside the process.

use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{Header as KafkaHeader, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop::{MessagingTracer, Received};
use tracehop_kafka::{EmbeddedBroker, IntoTraced, Kafka, TracedFutureProducer, TracedStreamConsumer};
use tracehop_testing::{BrokerUnderTest, Header};

use crate::support::DEADLINE;

const TOPIC: &str = "orders";

pub(crate) struct KafkaBroker {
    producer: TracedFutureProducer,
    bare: FutureProducer,
    consumer: TracedStreamConsumer,
    broker: EmbeddedBroker,
}

impl BrokerUnderTest for KafkaBroker {
    type System = Kafka;
    type Message = OwnedMessage;
    type Got = Received<OwnedMessage, Kafka>;

    const SETTLEMENTS: &'static [&'static str] = &["commit"];
    const REFUSED: &'static str = "MESSAGE_SIZE_TOO_LARGE";
    const ORDERED: bool = true;

    async fn connect(tracer: &MessagingTracer) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_topic(TOPIC, 1).unwrap();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", broker.bootstrap_servers())
            .set("linger.ms", "0")
            .set("message.max.bytes", "4000000")
            .set("fetch.wait.max.ms", "5");
        let producer = config.create::<FutureProducer>().unwrap().traced(tracer);
        let bare = config.create().unwrap();
        let consumer: StreamConsumer = config.set("group.id", "conformance").create().unwrap();
        let mut start = TopicPartitionList::new();
        start.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
        consumer.assign(&start).unwrap();
        Self { producer, bare, consumer: consumer.traced(tracer), broker }
    }

    fn span_name(&self, operation: &str) -> String {
        format!("{operation} {TOPIC}")
    }

    async fn send(&self, headers: &[Header]) {
        self.producer.send(record(headers).unwrap(), DEADLINE).await.unwrap();
    }

    async fn send_refused(&self) {
        let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        self.broker.cluster().unwrap().request_errors(RDKafkaApiKey::Produce, &[error]);
        self.producer.send(record(&[]).unwrap(), DEADLINE).await.unwrap_err();
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        self.bare.send(record(headers)?, DEADLINE).await.unwrap();
        Some(())
    }

    async fn receive(&self) -> Self::Got {
        let message = tokio::time::timeout(DEADLINE, self.consumer.recv()).await.unwrap().unwrap();
        message.map(|message| message.detach())
    }

    fn received(got: &Self::Got) -> &Received<OwnedMessage, Kafka> {
        got
    }

    fn headers(message: &OwnedMessage) -> Vec<Header> {
        let list = message.headers().into_iter().flat_map(Headers::iter);
        list.map(|header| (header.key.as_bytes().to_vec(), header.value.map(<[u8]>::to_vec))).collect()
    }

    async fn settle(&self, got: &Self::Got, _settlement: &str) {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(TOPIC, got.partition(), Offset::Offset(got.offset() + 1)).unwrap();
        self.consumer.commit(&offsets, CommitMode::Sync).unwrap();
    }
}

/// rdkafka's names are strings; names that are not UTF-8 are tested in the adapter itself.
fn record(headers: &[Header]) -> Option<FutureRecord<'static, str, str>> {
    let mut list = OwnedHeaders::new();
    for (name, value) in headers {
        list = list.insert(KafkaHeader { key: std::str::from_utf8(name).ok()?, value: value.as_deref() });
    }
    Some(FutureRecord::to(TOPIC).key("key").payload("{}").headers(list))
}
