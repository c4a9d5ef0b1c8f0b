//! rdkafka's `Consumer` trait on the wrappers: everything goes to the client, and commits make settle spans.

use rdkafka::client::Client;
use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext, ConsumerGroupMetadata, RebalanceProtocol};
use rdkafka::error::KafkaResult;
use rdkafka::groups::GroupList;
use rdkafka::message::BorrowedMessage;
use rdkafka::metadata::Metadata;
use rdkafka::util::{AsyncRuntime, Timeout};
use rdkafka::{Offset, TopicPartitionList};

use super::{TracedBaseConsumer, TracedStreamConsumer};
use crate::settle;

macro_rules! delegate {
    () => {
        fn client(&self) -> &Client<C> {
            self.consumer.client()
        }

        fn group_metadata(&self) -> Option<ConsumerGroupMetadata> {
            self.consumer.group_metadata()
        }

        fn subscribe(&self, topics: &[&str]) -> KafkaResult<()> {
            self.consumer.subscribe(topics)
        }

        fn unsubscribe(&self) {
            self.consumer.unsubscribe();
        }

        fn assign(&self, assignment: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.assign(assignment)
        }

        fn unassign(&self) -> KafkaResult<()> {
            self.consumer.unassign()
        }

        fn incremental_assign(&self, assignment: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.incremental_assign(assignment)
        }

        fn incremental_unassign(&self, assignment: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.incremental_unassign(assignment)
        }

        fn seek<T: Into<Timeout>>(
            &self,
            topic: &str,
            partition: i32,
            offset: Offset,
            timeout: T,
        ) -> KafkaResult<()> {
            self.consumer.seek(topic, partition, offset, timeout)
        }

        fn seek_partitions<T: Into<Timeout>>(
            &self,
            list: TopicPartitionList,
            timeout: T,
        ) -> KafkaResult<TopicPartitionList> {
            self.consumer.seek_partitions(list, timeout)
        }

        /// A settle span, child of the current one.
        fn commit(&self, list: &TopicPartitionList, mode: CommitMode) -> KafkaResult<()> {
            settle::offsets(&self.tracer, list, || self.consumer.commit(list, mode))
        }

        /// A settle span, child of the current one.
        fn commit_consumer_state(&self, mode: CommitMode) -> KafkaResult<()> {
            settle::state(&self.tracer, || self.consumer.commit_consumer_state(mode))
        }

        /// A settle span below the one in which the message was processed, although that has ended; without one, below the current
        /// one, else below the message's creation context. The consumer's own `commit_message` is to be preferred: it knows
        /// more of a message that was received.
        fn commit_message(&self, message: &BorrowedMessage<'_>, mode: CommitMode) -> KafkaResult<()> {
            settle::message(&self.tracer.client, message, || self.consumer.commit_message(message, mode))
        }

        fn store_offset(&self, topic: &str, partition: i32, offset: i64) -> KafkaResult<()> {
            self.consumer.store_offset(topic, partition, offset)
        }

        fn store_offset_from_message(&self, message: &BorrowedMessage<'_>) -> KafkaResult<()> {
            self.consumer.store_offset_from_message(message)
        }

        fn store_offsets(&self, list: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.store_offsets(list)
        }

        fn subscription(&self) -> KafkaResult<TopicPartitionList> {
            self.consumer.subscription()
        }

        fn assignment(&self) -> KafkaResult<TopicPartitionList> {
            self.consumer.assignment()
        }

        fn assignment_lost(&self) -> bool {
            self.consumer.assignment_lost()
        }

        fn committed<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<TopicPartitionList> {
            self.consumer.committed(timeout)
        }

        fn committed_offsets<T: Into<Timeout>>(
            &self,
            list: TopicPartitionList,
            timeout: T,
        ) -> KafkaResult<TopicPartitionList> {
            self.consumer.committed_offsets(list, timeout)
        }

        fn offsets_for_timestamp<T: Into<Timeout>>(
            &self,
            timestamp: i64,
            timeout: T,
        ) -> KafkaResult<TopicPartitionList> {
            self.consumer.offsets_for_timestamp(timestamp, timeout)
        }

        fn offsets_for_times<T: Into<Timeout>>(
            &self,
            timestamps: TopicPartitionList,
            timeout: T,
        ) -> KafkaResult<TopicPartitionList> {
            self.consumer.offsets_for_times(timestamps, timeout)
        }

        fn position(&self) -> KafkaResult<TopicPartitionList> {
            self.consumer.position()
        }

        fn fetch_metadata<T: Into<Timeout>>(&self, topic: Option<&str>, timeout: T) -> KafkaResult<Metadata> {
            self.consumer.fetch_metadata(topic, timeout)
        }

        fn fetch_watermarks<T: Into<Timeout>>(
            &self,
            topic: &str,
            partition: i32,
            timeout: T,
        ) -> KafkaResult<(i64, i64)> {
            self.consumer.fetch_watermarks(topic, partition, timeout)
        }

        fn fetch_group_list<T: Into<Timeout>>(
            &self,
            group: Option<&str>,
            timeout: T,
        ) -> KafkaResult<GroupList> {
            self.consumer.fetch_group_list(group, timeout)
        }

        fn pause(&self, partitions: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.pause(partitions)
        }

        fn resume(&self, partitions: &TopicPartitionList) -> KafkaResult<()> {
            self.consumer.resume(partitions)
        }

        fn rebalance_protocol(&self) -> RebalanceProtocol {
            self.consumer.rebalance_protocol()
        }
    };
}

impl<C, R> Consumer<C> for TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    delegate!();
}

impl<C: ConsumerContext + 'static> Consumer<C> for TracedBaseConsumer<C> {
    delegate!();
}
