//! Kafka: the cluster inside the process, or a real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use opentelemetry::Context;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::{Header as KafkaHeader, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{
    BaseRecord, DeliveryResult, FutureProducer, FutureRecord, ProducerContext, ThreadedProducer,
};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::time::timeout;
use tracehop::{MessagingTracer, Received};
use tracehop_kafka::{
    EmbeddedBroker, IntoTraced, Kafka, TracedFutureProducer, TracedProducerContext, TracedStreamConsumer,
};
use tracehop_testing::brokers::{DroppedSend, Redelivery};
use tracehop_testing::{BrokerUnderTest, Header};

use super::{DEADLINE, unique};

const TOPIC: &str = "orders";

/// The largest message that a topic takes, in bytes.
const LARGEST: u32 = 4_000_000;

/// Where a topic is made.
#[derive(Clone)]
pub(crate) enum KafkaServer {
    /// Each topic is in a cluster of its own inside the process.
    Embedded,
    /// A real one, at this address.
    At(String),
}

/// A topic of one partition.
#[derive(Clone)]
pub(crate) struct KafkaTopic {
    name: String,
    address: String,
    embedded: Option<Arc<EmbeddedBroker>>,
}

impl KafkaTopic {
    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.address)
            .set("linger.ms", "0")
            .set("message.max.bytes", "4000000")
            .set("fetch.wait.max.ms", "5")
            // By default it would wait for up to ten seconds.
            .set("reconnect.backoff.max.ms", "500");
        config
    }

    fn record(&self, headers: &[Header]) -> Option<FutureRecord<'_, str, str>> {
        record(&self.name, headers)
    }

    /// Makes a topic that takes messages of so many bytes. It is there for all clients when this returns.
    async fn create(&self, name: &str, max_bytes: u32) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let max_bytes = max_bytes.to_string();
        // Whatever becomes of the test, the broker forgets what is in it.
        let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1))
            .set("retention.ms", "600000")
            .set("max.message.bytes", &max_bytes);
        let options = AdminOptions::new().operation_timeout(Some(DEADLINE));
        let results = timeout(DEADLINE, admin.create_topics([&topic], &options)).await.unwrap().unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let is_led = || {
            let metadata = admin.inner().fetch_metadata(Some(name), DEADLINE).unwrap();
            metadata.topics().iter().flat_map(MetadataTopic::partitions).any(|it| it.leader() >= 0)
        };
        while !is_led() {
            tokio::task::yield_now().await;
        }
    }
}

/// Where a consumer goes on. It is asked for now, and not by the client when it likes: the broker may be killed meanwhile.
async fn start(consumer: &StreamConsumer, topic: &str) -> TopicPartitionList {
    let committed = || {
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition(topic, 0);
        consumer.committed_offsets(partitions, DEADLINE)
    };
    let answered = async {
        loop {
            match committed() {
                Ok(partitions) => return partitions,
                // A broker that has just started may not know yet of which groups it is the coordinator.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let mut start = timeout(DEADLINE, answered).await.unwrap();
    if start.elements().iter().all(|partition| partition.offset() == Offset::Invalid) {
        start.set_all_offsets(Offset::Beginning).unwrap();
    }
    start
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
    type Server = KafkaServer;
    type Destination = KafkaTopic;

    const SETTLEMENTS: &'static [&'static str] = &["commit"];
    const REFUSED: &'static str = "MESSAGE_SIZE_TOO_LARGE";
    const ORDERED: bool = true;

    const DROPPED_SEND: DroppedSend = DroppedSend::Answered;
    const REDELIVERY: Redelivery = Redelivery::Again;

    fn server() -> KafkaServer {
        KafkaServer::Embedded
    }

    async fn create(server: &KafkaServer) -> KafkaTopic {
        match server {
            KafkaServer::Embedded => {
                let broker = EmbeddedBroker::start().unwrap();
                broker.create_topic(TOPIC, 1).unwrap();
                let address = broker.bootstrap_servers().to_owned();
                KafkaTopic { name: TOPIC.to_owned(), address, embedded: Some(Arc::new(broker)) }
            }
            KafkaServer::At(address) => {
                let topic = KafkaTopic { name: unique(TOPIC), address: address.clone(), embedded: None };
                topic.create(&topic.name, LARGEST).await;
                topic
            }
        }
    }

    async fn connect(tracer: &MessagingTracer, topic: &KafkaTopic) -> Self {
        let mut config = topic.config();
        let producer = config.create::<FutureProducer>().unwrap().traced(tracer);
        let bare = config.create().unwrap();
        config.set("group.id", &topic.name).set("enable.auto.commit", "false");
        let consumer: StreamConsumer = config.set("auto.offset.reset", "earliest").create().unwrap();
        consumer.assign(&start(&consumer, &topic.name).await).unwrap();
        let (consumer, tracer, topic) = (consumer.traced(tracer), tracer.clone(), topic.clone());
        Self { producer, bare, consumer, tracer, topic }
    }

    /// All clients connect again by themselves, and send again what was lost. Nothing can be committed before the broker knows
    /// that it is the group's coordinator.
    async fn recover(self, _: &MessagingTracer, topic: &KafkaTopic) -> Self {
        start(self.consumer.inner(), &topic.name).await;
        self
    }

    fn span_name(&self, operation: &str) -> String {
        let word = if operation == "receive" { "poll" } else { operation };
        format!("{word} {}", self.topic.name)
    }

    async fn try_send(&self, headers: &[Header]) -> Result<(), String> {
        let sent = self.producer.send(self.topic.record(headers).unwrap(), DEADLINE).await;
        sent.map(drop).map_err(|(error, _)| error.to_string())
    }

    async fn send_refused(&self) {
        if let Some(broker) = &self.topic.embedded {
            let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
            broker.cluster().unwrap().request_errors(RDKafkaApiKey::Produce, &[error]);
            self.producer.send(self.topic.record(&[]).unwrap(), DEADLINE).await.unwrap_err();
        } else {
            let small = unique("small");
            self.topic.create(&small, 1).await;
            self.producer.send(record(&small, &[]).unwrap(), DEADLINE).await.unwrap_err();
        }
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        self.bare.send(self.topic.record(headers)?, DEADLINE).await.unwrap();
        Some(())
    }

    async fn receive(&self) -> Self::Got {
        let message = async {
            loop {
                // What the client says of connections that it lost is no message, and it connects again.
                match self.consumer.recv().await {
                    Ok(message) => return message.detach(),
                    Err(error) => println!("{error}"),
                }
            }
        };
        timeout(DEADLINE, message).await.unwrap()
    }

    fn received(got: &Self::Got) -> &Received<OwnedMessage, Kafka> {
        got
    }

    fn headers(message: &OwnedMessage) -> Vec<Header> {
        let list = message.headers().into_iter().flat_map(Headers::iter);
        list.map(|header| (header.key.as_bytes().to_vec(), header.value.map(<[u8]>::to_vec))).collect()
    }

    async fn try_settle(&self, got: &Self::Got, _settlement: &str) -> Result<(), String> {
        self.consumer.commit_received(got, CommitMode::Sync).map_err(|error| error.to_string())
    }

    async fn send_all(&self, count: usize) -> Vec<Result<(), String>> {
        let records = (0..count).map(|_| self.topic.record(&[]).unwrap());
        let results = self.producer.send_all(records, DEADLINE).await;
        results.into_iter().map(|result| result.map(drop).map_err(|(error, _)| error.to_string())).collect()
    }

    async fn receive_all(&self, count: usize) -> Vec<Self::Got> {
        let mut batches = self.consumer.batches(count, DEADLINE);
        let batch = async {
            loop {
                // As for one message.
                match batches.next().await.unwrap() {
                    Ok(batch) => return batch.into_iter().map(Received::detach).collect(),
                    Err(error) => println!("{error}"),
                }
            }
        };
        timeout(DEADLINE, batch).await.unwrap()
    }

    async fn settle_all(&self, batch: &[Self::Got]) {
        self.consumer.commit_all(batch, CommitMode::Sync).unwrap();
    }

    async fn forward(&self, got: &Self::Got, reason: &str) {
        self.producer.forward(got, &self.topic.name, reason).await.unwrap();
    }

    const CALLBACK_TREE: &'static str = "
        request   INTERNAL
        ├ SEND    PRODUCER
        └ SEND    PRODUCER
    ";

    async fn send_from_callback(&self, cx: Context) {
        let audit = TracedProducerContext::new(Audit {
            producer: self.producer.clone(),
            topic: self.topic.name.clone(),
            is_done: AtomicBool::new(false),
        });
        let producer: ThreadedProducer<_> = self.topic.config().create_with_context(audit).unwrap();
        let producer = producer.traced(&self.tracer);
        {
            let _active = cx.attach();
            let order = BaseRecord::<str, str>::to(&self.topic.name).key("key").payload("{}");
            producer.send(order).map_err(|(error, _)| error).unwrap();
        }
        for _ in 0..2 {
            self.receive().await;
        }
    }
}

/// Sends a message about the first delivery.
struct Audit {
    producer: TracedFutureProducer,
    topic: String,
    is_done: AtomicBool,
}

impl ClientContext for Audit {}

impl ProducerContext for Audit {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {
        if !self.is_done.swap(true, Ordering::SeqCst) {
            let record = record(&self.topic, &[]).unwrap();
            drop(self.producer.send_result(record).map_err(|(error, _)| error).unwrap());
        }
    }
}

/// rdkafka's names are strings; names that are not UTF-8 are tested in the adapter itself.
fn record<'a>(topic: &'a str, headers: &[Header]) -> Option<FutureRecord<'a, str, str>> {
    let mut list = OwnedHeaders::new();
    for (name, value) in headers {
        list = list.insert(KafkaHeader { key: std::str::from_utf8(name).ok()?, value: value.as_deref() });
    }
    Some(FutureRecord::to(topic).key("key").payload("{}").headers(list))
}
