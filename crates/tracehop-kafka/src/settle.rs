//! Settlements: commits as spans.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use tracehop::{ClientTracer, CreationContext, Destination, Inbound, MessageInfo};

use crate::describe::{OffsetsView, SettledView};
use crate::tracer::KafkaTracer;
use crate::{Kafka, ffi};

const COMMIT: &str = "commit";
const SEND_OFFSETS: &str = "send_offsets";

/// The commit of one message's offset: child of what is current, else of the message's creation context.
pub(crate) fn message(
    tracer: &KafkaTracer,
    message: &BorrowedMessage<'_>,
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let creation = || tracer.client.tracer().propagator().extract(&Inbound::carrier(message)).creation;
    tracer.client.settle(COMMIT, &SettledView(message), creation).finish_with(commit)
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
