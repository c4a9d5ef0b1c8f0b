//! Settlements: commits as spans.

use opentelemetry::trace::SpanContext;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use tracehop::{ClientTracer, CreationContext, Destination, MessageInfo, Received};

use crate::describe::{OffsetsView, SettledView, TransactionView};
use crate::tracer::KafkaTracer;
use crate::transaction::Transaction;
use crate::{Kafka, KafkaMessage, ffi};

const COMMIT: &str = "commit";
const SEND_OFFSETS: &str = "send_offsets";
pub(crate) const COMMIT_TRANSACTION: &str = "commit_transaction";
pub(crate) const ABORT_TRANSACTION: &str = "abort_transaction";

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
    let view = OffsetsView::new(offsets, None);
    tracer.client.settle(COMMIT, &view, || CreationContext::NONE).finish_with(commit)
}

/// The commit of several offsets of a consumer group as part of a producer's transaction.
pub(crate) fn offsets_of_transaction(
    tracer: &KafkaTracer,
    transaction: Option<&Transaction>,
    offsets: &TopicPartitionList,
    group: &ConsumerGroupMetadata,
    send: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let view = OffsetsView::new(offsets, transaction);
    let settle = |client: &ClientTracer<Kafka>| {
        let span = client.settle(SEND_OFFSETS, &view, || CreationContext::NONE);
        if let Some(transaction) = transaction {
            transaction.contains(&span.span_context());
        }
        span.finish_with(send)
    };
    match ffi::group_id(group) {
        Some(group) => settle(&tracer.of_group(group)),
        None => settle(&tracer.client),
    }
}

/// The end of a transaction: a span that shows what it contained. With nothing current it is put where the first of that was
/// done.
pub(crate) fn transaction(
    tracer: &KafkaTracer,
    name: &'static str,
    transaction: Option<&Transaction>,
    end: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let home = transaction.map_or(&SpanContext::NONE, Transaction::home);
    let mut span = tracer.client.settle_several(name, &TransactionView(transaction), home);
    if let Some(transaction) = transaction {
        transaction.summarise(&mut span);
    }
    span.finish_with(end)
}

/// The commit of whatever the consumer's position is.
pub(crate) fn state(tracer: &KafkaTracer, commit: impl FnOnce() -> KafkaResult<()>) -> KafkaResult<()> {
    let nothing = MessageInfo::to(Destination::none());
    tracer.client.settle(COMMIT, &nothing, || CreationContext::NONE).finish_with(commit)
}
