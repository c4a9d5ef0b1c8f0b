//! Settling messages that came from the wrappers.

use rdkafka::consumer::{CommitMode, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::util::AsyncRuntime;
use tracehop::Received;

use super::{TracedBaseConsumer, TracedStreamConsumer};
use crate::{Kafka, KafkaMessage, settle};

macro_rules! commit_received {
    () => {
        /// [`commit_message`] for any message that was received, also for one that was [detached](Received::detach) for
        /// another task.
        ///
        /// It makes a span `commit {topic}` below the one in which the message was processed, although that has ended. It does
        /// so for a message without context too, unlike [`commit_message`].
        ///
        /// What is committed is a position: it says that all messages of the partition before this one are done as well. So
        /// commit in the order in which the messages came.
        ///
        /// # Errors
        ///
        /// As for [`commit_message`].
        ///
        /// [`commit_message`]: rdkafka::consumer::Consumer::commit_message
        pub fn commit_received<M: KafkaMessage>(
            &self,
            message: &Received<M, Kafka>,
            mode: CommitMode,
        ) -> KafkaResult<()> {
            settle::received(&self.tracer, message, |message| message.commit(&*self.consumer, mode))
        }

        /// [`store_offset_from_message`] for any message that was received, also for one that was
        /// [detached](Received::detach) for another task.
        ///
        /// The broker learns of it with the next commit, so there is no span.
        ///
        /// # Errors
        ///
        /// As for [`store_offset_from_message`]: for example, the partition was given to another consumer.
        ///
        /// [`store_offset_from_message`]: rdkafka::consumer::Consumer::store_offset_from_message
        pub fn store_offset_from_received<M: KafkaMessage>(
            &self,
            message: &Received<M, Kafka>,
        ) -> KafkaResult<()> {
            message.store_offset(&*self.consumer)
        }
    };
}

impl<C, R> TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    commit_received!();
}

impl<C: ConsumerContext + 'static> TracedBaseConsumer<C> {
    commit_received!();
}
