//! Settlements: commits as spans.

use rdkafka::TopicPartitionList;
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use tracehop::{CreationContext, Destination, Failure, Inbound, MessageInfo};

use crate::describe::{self, KafkaTracer};
use crate::system::error_type;

const COMMIT: &str = "commit";

/// The commit of one message's offset: child of what is current, else of the message's creation context.
pub(crate) fn message(
    tracer: &KafkaTracer,
    message: &BorrowedMessage<'_>,
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let creation = || tracer.client.tracer().propagator().extract(&Inbound::headers(message)).creation;
    run(tracer, COMMIT, &describe::info_of_settled(message), creation, commit)
}

/// The settlement of several offsets: child of what is current, for it has no one message.
pub(crate) fn offsets(
    tracer: &KafkaTracer,
    name: &'static str,
    offsets: &TopicPartitionList,
    settle: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let topics = describe::topics(offsets);
    run(tracer, name, &describe::info_of_offsets(&topics), || CreationContext::NONE, settle)
}

/// The commit of whatever the consumer's position is.
pub(crate) fn state(tracer: &KafkaTracer, commit: impl FnOnce() -> KafkaResult<()>) -> KafkaResult<()> {
    run(tracer, COMMIT, &MessageInfo::to(Destination::none()), || CreationContext::NONE, commit)
}

pub(crate) fn commit_offsets(
    tracer: &KafkaTracer,
    list: &TopicPartitionList,
    commit: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    offsets(tracer, COMMIT, list, commit)
}

fn run(
    tracer: &KafkaTracer,
    name: &'static str,
    info: &MessageInfo<'_>,
    creation: impl FnOnce() -> CreationContext,
    settle: impl FnOnce() -> KafkaResult<()>,
) -> KafkaResult<()> {
    let span = tracer.client.settle(name, info, creation);
    let result = settle();
    match &result {
        Ok(()) => span.end(),
        Err(error) => span.fail(Failure::new(error_type(error), error)),
    }
    result
}
