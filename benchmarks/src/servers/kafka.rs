//! librdkafka's mock cluster, with messages to be read again and again.

use std::time::Duration;

use anyhow::Context;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tracehop_kafka::EmbeddedBroker;

use super::mail::{Mail, Size};

pub(crate) const PARTITIONS: i32 = 4;

const WAIT: Duration = Duration::from_secs(30);

/// The cluster forgets a partition's messages beyond 5 MB.
fn filled(size: Size) -> u32 {
    match size {
        Size::Small => 100_000,
        Size::Large => 12_000,
    }
}

/// What other languages read: their clients fetch ahead without end, so a slice of theirs is a whole topic.
const FEW: u32 = 20_000;

/// A cluster with one topic to send to, and one for each kind of mail.
pub(super) fn start() -> anyhow::Result<EmbeddedBroker> {
    let broker = EmbeddedBroker::start()?;
    broker.create_topic("orders", PARTITIONS)?;
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.bootstrap_servers()).set("linger.ms", "5");
    let producer: BaseProducer = config.create()?;
    for mail in Mail::all() {
        broker.create_topic(mail.name(), PARTITIONS)?;
        for number in 0..filled(mail.size) {
            send(&producer, mail.name(), mail, number)?;
        }
        broker.create_topic(&few(mail), PARTITIONS)?;
        for number in 0..FEW.min(filled(mail.size)) {
            send(&producer, &few(mail), mail, number)?;
        }
    }
    producer.flush(WAIT).context("the cluster cannot be filled")?;
    Ok(broker)
}

/// The topic that has no more than other languages read at once.
pub(crate) fn few(mail: Mail) -> String {
    format!("{}_few", mail.name())
}

fn send(producer: &BaseProducer, topic: &str, mail: Mail, number: u32) -> anyhow::Result<()> {
    let payload = mail.payload();
    let partition = i32::try_from(number).unwrap_or_default() % PARTITIONS;
    let mut record = BaseRecord::<(), [u8]>::to(topic).payload(&payload).partition(partition);
    if let Some(traceparent) = mail.traceparent(number) {
        let header = Header { key: "traceparent", value: Some(&traceparent) };
        record = record.headers(OwnedHeaders::new().insert(header));
    }
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                producer.poll(Duration::from_millis(10));
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
