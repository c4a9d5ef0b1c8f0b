//! Kafka: the cluster inside the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Context;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{Header as KafkaHeader, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, FutureProducer, FutureRecord, ProducerContext, ThreadedProducer,
};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop::{MessagingTracer, Received};
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, Kafka, TracedFutureProducer, TracedProducerContext, TracedStreamConsumer,
};
use tracehop_testing::brokers::{DroppedSend, Redelivery};
use tracehop_testing::{BrokerUnderTest, Header};

use crate::support::DEADLINE;

const TOPIC: &str = "orders";

/// A cluster inside the process, which has this topic and no other.
pub(crate) struct KafkaTopic(Arc<EmbeddedBroker>);

impl KafkaTopic {
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.0.bootstrap_servers())
            .set("linger.ms", "0")
            .set("message.max.bytes", "4000000")
            .set("fetch.wait.max.ms", "5");
        config
    }
}

pub(crate) struct KafkaBroker {
    producer: TracedFutureProducer,
    bare: FutureProducer,
    consumer: TracedStreamConsumer,
    tracer: MessagingTracer,
    topic: KafkaTopic,
}

impl BrokerUnderTest for KafkaBroker {
    type System = Kafka;
    type Message = OwnedMessage;
    type Got = Received<OwnedMessage, Kafka>;
    type Server = ();
    type Destination = KafkaTopic;

    const SETTLEMENTS: &'static [&'static str] = &["commit"];
    const REFUSED: &'static str = "MESSAGE_SIZE_TOO_LARGE";
    const ORDERED: bool = true;

    const DROPPED_SEND: DroppedSend = DroppedSend::Answered;
    const REDELIVERY: Redelivery = Redelivery::Again;

    fn server() {}

    async fn create((): &()) -> KafkaTopic {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_topic(TOPIC, 1).unwrap();
        KafkaTopic(Arc::new(broker))
    }

    async fn connect(tracer: &MessagingTracer, topic: &KafkaTopic) -> Self {
        let mut config = topic.config();
        let producer = config.create::<FutureProducer>().unwrap().traced(tracer);
        let bare = config.create().unwrap();
        config.set("group.id", "conformance").set("enable.auto.commit", "false");
        let consumer: StreamConsumer = config.set("auto.offset.reset", "earliest").create().unwrap();
        let mut start = TopicPartitionList::new();
        start.add_partition_offset(TOPIC, 0, Offset::Stored).unwrap();
        consumer.assign(&start).unwrap();
        let topic = KafkaTopic(Arc::clone(&topic.0));
        Self { producer, bare, consumer: consumer.traced(tracer), tracer: tracer.clone(), topic }
    }

    fn span_name(&self, operation: &str) -> String {
        format!("{operation} {TOPIC}")
    }

    async fn send(&self, headers: &[Header]) {
        self.producer.send(record(headers).unwrap(), DEADLINE).await.unwrap();
    }

    async fn send_refused(&self) {
        let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        self.topic.0.cluster().unwrap().request_errors(RDKafkaApiKey::Produce, &[error]);
        self.producer.send(record(&[]).unwrap(), DEADLINE).await.unwrap_err();
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        self.bare.send(record(headers)?, DEADLINE).await.unwrap();
        Some(())
    }

    async fn receive(&self) -> Self::Got {
        let message = tokio::time::timeout(DEADLINE, self.consumer.recv()).await.unwrap().unwrap();
        message.detach()
    }

    fn received(got: &Self::Got) -> &Received<OwnedMessage, Kafka> {
        got
    }

    fn headers(message: &OwnedMessage) -> Vec<Header> {
        let list = message.headers().into_iter().flat_map(Headers::iter);
        list.map(|header| (header.key.as_bytes().to_vec(), header.value.map(<[u8]>::to_vec))).collect()
    }

    async fn settle(&self, got: &Self::Got, _settlement: &str) {
        self.consumer.commit_received(got, CommitMode::Sync).unwrap();
    }

    async fn forward(&self, got: &Self::Got, reason: &str) {
        self.producer.forward(got, TOPIC, reason).await.unwrap();
    }

    const CALLBACK_TREE: &'static str = "
        request   INTERNAL
        ├ SEND    PRODUCER
        └ SEND    PRODUCER
    ";

    async fn send_from_callback(&self, cx: Context) {
        let audit = TracedProducerContext::new(Audit(self.producer.clone(), AtomicBool::new(false)));
        let producer: ThreadedProducer<_> = self.topic.config().create_with_context(audit).unwrap();
        let producer = producer.traced(&self.tracer);
        {
            let _active = cx.attach();
            let order = BaseRecord::<str, str>::to(TOPIC).key("key").payload("{}");
            producer.send(order).map_err(|(error, _)| error).unwrap();
        }
        for _ in 0..2 {
            self.receive().await;
        }
    }
}

/// Sends a message about the first delivery.
struct Audit(TracedFutureProducer, AtomicBool);

impl ClientContext for Audit {}

impl ProducerContext for Audit {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {
        if !self.1.swap(true, Ordering::SeqCst) {
            drop(self.0.send_result(record(&[]).unwrap()).map_err(|(error, _)| error).unwrap());
        }
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
