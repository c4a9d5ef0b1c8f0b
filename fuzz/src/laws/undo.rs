//! A record that a client refuses.

use std::sync::LazyLock;

use opentelemetry_sdk::trace::SdkTracerProvider;
use rdkafka::ClientConfig;
use rdkafka::producer::BaseRecord;
use tracehop::MessagingTracer;
use tracehop_kafka::TracedBaseProducer;

use super::context::context;
use super::zero_names::is_whole;
use crate::formats;
use crate::input::Message;
use crate::transports::{Kafka, Transport};

/// More than the client takes, so that it refuses each record at once, without a broker.
const PAYLOAD: [u8; 2_000] = [0; 2_000];

static PRODUCER: LazyLock<TracedBaseProducer> = LazyLock::new(|| {
    let mut config = ClientConfig::new();
    config.set("message.max.bytes", "1000").create().expect("it connects to nobody")
});

static PROVIDER: LazyLock<SdkTracerProvider> = LazyLock::new(SdkTracerProvider::default);

/// It comes back with the headers that it was given.
pub(crate) fn undo(bytes: &[u8]) {
    let message = Message::read(bytes);
    let format = formats::choose(message.format);
    let tracer = MessagingTracer::builder()
        .tracer_provider(PROVIDER.clone())
        .propagator(format.propagator.clone())
        .build();
    let Kafka(headers) = Kafka::build(&message.headers);
    let given = Kafka(headers.clone());
    let _active = context(&message).attach();
    let mut record = BaseRecord::<(), [u8]>::to("inbox").payload(&PAYLOAD);
    record.headers = headers;
    let (_, record) = PRODUCER.clone().with_tracer(&tracer).send(record).expect_err("it is too long");
    let returned = Kafka(record.headers);
    assert_eq!(returned.0.is_some(), given.0.is_some());
    assert_eq!(returned.dump(), given.dump());
    is_whole(&message, &returned);
}
