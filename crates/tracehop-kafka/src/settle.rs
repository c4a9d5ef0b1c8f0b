//! Settlements: commits as spans.

use rdkafka::TopicPartitionList;
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use tracehop::{CreationContext, Destination, Inbound, MessageInfo};

use crate::describe::{OffsetsView, SettledView};
use crate::tracer::KafkaTracer;

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

/// The commit of several offsets as part of a transaction.
pub(crate) fn offsets_of_transaction(
    tracer: &KafkaTracer,
    offsets: &TopicPartitionList,
    send: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let view = OffsetsView::new(offsets);
    tracer.client.settle(SEND_OFFSETS, &view, || CreationContext::NONE).finish_with(send)
}

/// The commit of whatever the consumer's position is.
pub(crate) fn state(tracer: &KafkaTracer, commit: impl FnOnce() -> KafkaResult<()>) -> KafkaResult<()> {
    let nothing = MessageInfo::to(Destination::none());
    tracer.client.settle(COMMIT, &nothing, || CreationContext::NONE).finish_with(commit)
}
