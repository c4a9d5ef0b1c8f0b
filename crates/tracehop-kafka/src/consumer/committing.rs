//! Settling messages that came from the wrappers, or from the client.

use rdkafka::consumer::{CommitMode, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::util::AsyncRuntime;
use tracehop::Received;

use super::{TracedBaseConsumer, TracedStreamConsumer};
use crate::{Committable, Kafka, KafkaMessage};

macro_rules! committing {
    () => {
        /// [`Consumer::commit_message`] for any message: as the wrapper handed it out, [detached](Received::detach) for another
        /// task, or the client's own.
        ///
        /// It makes a span `commit {topic}` below the one in which the message was processed, although that has ended. The message
        /// knows that span, also if it came without context or if several groups of this process handle it. Of a message of the
        /// client's own it is found by the creation context that the message carries, which is not always enough.
        ///
        /// What is committed is a position: it says that all messages of the partition before this one are done as well. So
        /// commit in the order in which the messages came.
        ///
        /// # Errors
        ///
        /// As for [`Consumer::commit_message`].
        ///
        /// [`Consumer::commit_message`]: rdkafka::consumer::Consumer::commit_message
        pub fn commit_message<M: Committable>(&self, message: &M, mode: CommitMode) -> KafkaResult<()> {
            message.settle(&self.tracer.client, |message| message.commit(&*self.consumer, mode))
        }

        /// [`commit_message`](Self::commit_message) for messages that were received only, so that no commit that lost its trace
        /// compiles.
        ///
        /// # Errors
        ///
        /// As for [`commit_message`](Self::commit_message).
        pub fn commit_received<M: KafkaMessage>(
            &self,
            message: &Received<M, Kafka>,
            mode: CommitMode,
        ) -> KafkaResult<()> {
            self.commit_message(message, mode)
        }

        /// [`Consumer::store_offset_from_message`] for any message: as the wrapper handed it out, [detached](Received::detach)
        /// for another task, or the client's own.
        ///
        /// The broker learns of it with the next commit, so there is no span.
        ///
        /// # Errors
        ///
        /// As for [`Consumer::store_offset_from_message`]: for example, the partition was given to another consumer.
        ///
        /// [`Consumer::store_offset_from_message`]: rdkafka::consumer::Consumer::store_offset_from_message
        pub fn store_offset_from_message<M: Committable>(&self, message: &M) -> KafkaResult<()> {
            message.client_message().store_offset(&*self.consumer)
        }

        /// [`store_offset_from_message`](Self::store_offset_from_message) for messages that were received only.
        ///
        /// # Errors
        ///
        /// As for [`store_offset_from_message`](Self::store_offset_from_message).
        pub fn store_offset_from_received<M: KafkaMessage>(
            &self,
            message: &Received<M, Kafka>,
        ) -> KafkaResult<()> {
            self.store_offset_from_message(message)
        }
    };
}

impl<C, R> TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    committing!();
}

impl<C: ConsumerContext + 'static> TracedBaseConsumer<C> {
    committing!();
}
