//! The two forms of a message that was got.

use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message, OwnedHeaders, OwnedMessage};
use rdkafka::{Offset, TopicPartitionList};
use tracehop::{Detach, Inbound};

use crate::Kafka;
use crate::carrier::copy_without_aliases;

/// A message that was got from Kafka: rdkafka's `BorrowedMessage` or `OwnedMessage`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message that rdkafka got",
    label = "neither a `BorrowedMessage` nor an `OwnedMessage`",
    note = "commit or forward what the consumer handed out, before `Received::map` makes something else of it"
)]
pub trait KafkaMessage: Message + Inbound<Kafka> {
    /// A copy of the headers for a message that is sent on, also of those whose names are not UTF-8.
    #[doc(hidden)]
    fn copy_headers(&self) -> Option<OwnedHeaders>;

    #[doc(hidden)]
    fn commit<C: ConsumerContext>(&self, consumer: &impl Consumer<C>, mode: CommitMode) -> KafkaResult<()>;

    #[doc(hidden)]
    fn store_offset<C: ConsumerContext>(&self, consumer: &impl Consumer<C>) -> KafkaResult<()>;
}

impl KafkaMessage for BorrowedMessage<'_> {
    fn copy_headers(&self) -> Option<OwnedHeaders> {
        self.headers().map(copy_without_aliases)
    }

    fn commit<C: ConsumerContext>(&self, consumer: &impl Consumer<C>, mode: CommitMode) -> KafkaResult<()> {
        consumer.commit_message(self, mode)
    }

    fn store_offset<C: ConsumerContext>(&self, consumer: &impl Consumer<C>) -> KafkaResult<()> {
        consumer.store_offset_from_message(self)
    }
}

impl KafkaMessage for OwnedMessage {
    fn copy_headers(&self) -> Option<OwnedHeaders> {
        self.headers().map(|headers| copy_without_aliases(headers.as_borrowed()))
    }

    fn commit<C: ConsumerContext>(&self, consumer: &impl Consumer<C>, mode: CommitMode) -> KafkaResult<()> {
        let mut next = TopicPartitionList::with_capacity(1);
        // What is committed is a position: where the group goes on.
        let offset = Offset::Offset(self.offset().saturating_add(1));
        next.add_partition_offset(self.topic(), self.partition(), offset)?;
        consumer.commit(&next, mode)
    }

    fn store_offset<C: ConsumerContext>(&self, consumer: &impl Consumer<C>) -> KafkaResult<()> {
        consumer.store_offset(self.topic(), self.partition(), self.offset())
    }
}

impl Detach<Kafka> for BorrowedMessage<'_> {
    type Owned = OwnedMessage;

    fn detach(self) -> OwnedMessage {
        BorrowedMessage::detach(&self)
    }
}
