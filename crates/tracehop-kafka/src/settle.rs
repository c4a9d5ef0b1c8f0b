//! Settlements: commits as spans.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use tracehop::{ClientTracer, CreationContext, Destination, MessageInfo, Received};

use crate::describe::{OffsetsView, SettledView};
use crate::tracer::KafkaTracer;
use crate::{Kafka, KafkaMessage, ffi};

const COMMIT: &str = "commit";
const SEND_OFFSETS: &str = "send_offsets";

/// The commit of one message's offset. Its parent is found by the message's creation context, which is read again.
pub(crate) fn message(
    client: &ClientTracer<Kafka>,
    message: &impl KafkaMessage,
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let creation = || client.tracer().propagator().extract(&message.carrier()).creation;
    client.settle(COMMIT, &SettledView(message), creation).finish_with(commit)
}

/// The commit of the offset of a message of which everything is known: also where it was processed, if it carried no context.
pub(crate) fn received<M: KafkaMessage>(
    client: &ClientTracer<Kafka>,
    message: &Received<M, Kafka>,
    commit: impl FnOnce(&M) -> KafkaResult<()>,
) -> KafkaResult<()> {
    let span = client.settle_received(COMMIT, &SettledView(message.message()), message);
    span.finish_with(|| commit(message.message()))
}

/// The commit of several messages of which everything is known.
pub(crate) fn batch<M: KafkaMessage>(
    client: &ClientTracer<Kafka>,
    batch: &[Received<M, Kafka>],
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    client.settle_batch(COMMIT, batch).finish_with(commit)
}

/// The commit of several offsets. The parent is the current span, because a commit of several offsets has no single
/// message.
pub(crate) fn offsets(
    tracer: &KafkaTracer,
    offsets: &TopicPartitionList,
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let view = OffsetsView::new(offsets);
    tracer.client.settle(COMMIT, &view, || CreationContext::NONE).finish_with(commit)
}

/// The commit of several offsets of a consumer group as part of a producer's transaction.
pub(crate) fn offsets_of_transaction(
    tracer: &KafkaTracer,
    offsets: &TopicPartitionList,
    group: &ConsumerGroupMetadata,
    send: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let view = OffsetsView::new(offsets);
    let settle = |client: &ClientTracer<Kafka>| {
        client.settle(SEND_OFFSETS, &view, || CreationContext::NONE).finish_with(send)
    };
    match ffi::group_id(group) {
        Some(group) => settle(&tracer.of_group(group)),
        None => settle(&tracer.client),
    }
}

/// The commit of whatever the consumer's position is.
pub(crate) fn state(tracer: &KafkaTracer, commit: impl FnOnce() -> KafkaResult<()>) -> KafkaResult<()> {
    let nothing = MessageInfo::to(Destination::none());
    tracer.client.settle(COMMIT, &nothing, || CreationContext::NONE).finish_with(commit)
}
