use rdkafka::ClientConfig;
use tracehop_kafka::{IntoTraced, MessagingTracer};

fn main() {
    let _ = ClientConfig::new().traced(&MessagingTracer::global());
}
