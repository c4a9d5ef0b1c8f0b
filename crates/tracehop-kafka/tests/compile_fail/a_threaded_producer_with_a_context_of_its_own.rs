use rdkafka::ClientConfig;
use rdkafka::producer::{DefaultProducerContext, ThreadedProducer};
use tracehop_kafka::{IntoTraced, MessagingTracer};

fn main() {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new().create().unwrap();
    let _ = producer.traced(&MessagingTracer::global());
}
