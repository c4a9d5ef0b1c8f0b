//! Traced consumers. Getting a message reads its context; processing it makes the span.

mod base;
mod delegate;
mod messages;
mod partition;
mod stream;

use std::time::SystemTime;

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use tracehop::{ClientTracer, Received};

use crate::Kafka;
use crate::describe::KafkaTracer;

pub use base::{TracedBaseConsumer, TracedIter};
pub use messages::TracedMessageStream;
pub use partition::{TracedPartitionQueue, TracedStreamPartitionQueue};
pub use stream::TracedStreamConsumer;

/// A Kafka message with the context it carried, still borrowed from its consumer.
pub type TracedMessage<'a> = Received<BorrowedMessage<'a>, Kafka>;

/// Reads the context of what a consumer got. `started` is when the caller asked for it.
fn received<'a, C: ClientContext>(
    tracer: &KafkaTracer,
    client: &Client<C>,
    got: KafkaResult<BorrowedMessage<'a>>,
    started: Option<SystemTime>,
) -> KafkaResult<TracedMessage<'a>> {
    let message = got?;
    tracer.learn_cluster(client);
    let received = tracer.client.received(message);
    if let Some(started) = started {
        tracer.client.receive_span(&received, started);
    }
    Ok(received)
}

/// When the caller asked, if a receive span will want to know.
fn asked(client: &ClientTracer<Kafka>) -> Option<SystemTime> {
    client.tracer().makes_receive_spans().then(SystemTime::now)
}
