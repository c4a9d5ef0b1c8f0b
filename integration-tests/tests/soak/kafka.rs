//! Kafka: one producer, and two consumers with half of the partitions each.

use std::ops::Range;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use opentelemetry::trace::FutureExt as _;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::Message as _;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tracehop::IntoTraced as _;
use tracehop_kafka::{EmbeddedBroker, TracedMessage, TracedStreamConsumer};

use crate::support::{kafka, unique};
use crate::tally::Tally;
use crate::{ALONE, HANDLERS, MESSAGES, memory};

const PARTITIONS: i32 = 8;

/// The broker inside the process keeps some megabytes of each partition, and forgets what is older.
const SLICE: usize = 20_000;

/// How many messages wait for the broker's answer at once.
const IN_FLIGHT: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_context_crosses_between_kafka_messages() {
    let _alone = ALONE.lock().await;
    if tracehop_brokers::kafka().await.is_ok() {
        let tally = Tally::new("kafka", memory::CLIENTS);
        let topic = unique("soak");
        kafka::create_topic(&topic, PARTITIONS).await;
        tally.run(slice(&tally, &kafka::address(), &topic, 0..MESSAGES)).await;
    } else {
        let tally = Tally::new("kafka (the broker inside the process)", memory::CLIENTS_AND_BROKER);
        let broker = EmbeddedBroker::start().unwrap();
        let slices = async {
            for start in (0..MESSAGES).step_by(SLICE) {
                let topic = unique("soak");
                broker.create_topic(&topic, PARTITIONS).unwrap();
                slice(&tally, broker.bootstrap_servers(), &topic, start..start + SLICE).await;
            }
        };
        tally.run(slices).await;
    }
}

/// Sends these messages to a topic of their own, and returns when they were handled.
async fn slice(tally: &Arc<Tally>, address: &str, topic: &str, numbers: Range<usize>) {
    let end = numbers.end;
    let consumers = [0, 1].map(|half| {
        let consumer = consumer(address, topic, half).traced(&tally.tracer);
        let tally = Arc::clone(tally);
        tokio::spawn(async move { consume(&tally, consumer, end).await })
    });
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", address).set("linger.ms", "5").create().unwrap();
    let producer = producer.traced(&tally.tracer);
    let sends = stream::iter(numbers).map(|number| {
        let (request, payload) = tally.message(number);
        let (producer, topic) = (&producer, topic);
        let send = async move {
            let record = FutureRecord::to(topic).key(&payload).payload(&payload);
            producer.send(record, crate::DEADLINE).await
        };
        send.with_context(request)
    });
    let sent = sends.buffer_unordered(IN_FLIGHT).try_for_each(|_| async {
        tally.sent();
        Ok(())
    });
    sent.await.unwrap();
    for consumer in consumers {
        consumer.await.unwrap();
    }
}

fn consumer(address: &str, topic: &str, half: i32) -> StreamConsumer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", address)
        .set("group.id", topic)
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "10")
        // The messages come faster than they are handled, and would all be here.
        .set("queued.max.messages.kbytes", "2048");
    let consumer: StreamConsumer = config.create().unwrap();
    let mut partitions = TopicPartitionList::new();
    for partition in (half..PARTITIONS).step_by(2) {
        partitions.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&partitions).unwrap();
    consumer
}

async fn consume(tally: &Tally, consumer: TracedStreamConsumer, until: usize) {
    let messages = consumer.stream().take_until(tally.handled(until));
    messages.try_for_each_concurrent(HANDLERS, |message| handle(tally, message)).await.unwrap();
}

async fn handle(tally: &Tally, message: TracedMessage<'_>) -> KafkaResult<()> {
    message.process(tally.handle(message.payload().unwrap(), message.creation())).await;
    Ok(())
}
