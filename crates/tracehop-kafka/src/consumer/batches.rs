//! Several messages at a time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedMessage;
use rdkafka::util::AsyncRuntime;
use rdkafka::{Offset, TopicPartitionList};
use tracehop::{Received, ReceivedBatches};

use super::{TracedBaseConsumer, TracedMessage, TracedMessageStream, TracedStreamConsumer};
use crate::{Kafka, KafkaMessage, settle};

/// librdkafka counts milliseconds in 32 bits.
const LONGEST_POLL: Duration = Duration::from_secs(3600);

type Delay<R> = Pin<Box<<R as AsyncRuntime>::Delay>>;

/// The messages of a consumer, several at a time: see [`TracedStreamConsumer::batches`].
pub type TracedBatches<'a, C, R> = ReceivedBatches<
    TracedMessageStream<'a, C>,
    BorrowedMessage<'a>,
    Kafka,
    KafkaError,
    fn(Duration) -> Delay<R>,
    Delay<R>,
>;

impl<C, R> TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    /// [`stream`](Self::stream), several messages at a time: a batch is handed out when it has `most` messages, or when its first
    /// message has waited `within`. If that is zero, a batch is what librdkafka has at hand.
    ///
    /// ```no_run
    /// # use rdkafka::consumer::CommitMode;
    /// # use tracehop_kafka::{TracedMessage, TracedStreamConsumer};
    /// use std::time::Duration;
    ///
    /// use futures::TryStreamExt;
    ///
    /// # async fn store(orders: &[TracedMessage<'_>]) -> Result<(), rdkafka::error::KafkaError> { Ok(()) }
    /// # async fn f(consumer: TracedStreamConsumer) -> Result<(), rdkafka::error::KafkaError> {
    /// let mut batches = consumer.batches(500, Duration::from_millis(50));
    /// while let Some(orders) = batches.try_next().await? {
    ///     tracehop_kafka::process_batch(&orders, store(&orders)).await?;
    ///     consumer.commit_all(&orders, CommitMode::Sync)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `?` ends the loop here without a commit, so the orders come again after a restart, if `enable.auto.commit` or
    /// `enable.auto.offset.store` is `false`. The stream itself goes on after an error of the client.
    ///
    /// # Cancel safety
    ///
    /// Messages of a batch that is not full yet are kept from one call of `next` to the following one. If the stream is dropped,
    /// nobody handles them: they come again, unless librdkafka stores and commits offsets by itself when it hands messages out, as it
    /// does with its defaults. So set `enable.auto.offset.store` to `false`.
    ///
    /// # Spans
    ///
    /// `poll {topic}`, kind CLIENT, for each batch, with a link to each message's creation context: see [`ReceivedBatches`]. Then
    /// `process {topic}` for the batch ([`process_batch`](crate::process_batch)), for each of its messages
    /// ([`process`](Received::process)), or for both, one inside the other.
    pub fn batches(&self, most: usize, within: Duration) -> TracedBatches<'_, C, R> {
        ReceivedBatches::new(self.stream(), most, within, |time| Box::pin(R::delay_for(time)))
    }
}

impl<C: ConsumerContext + 'static> TracedBaseConsumer<C> {
    /// [`poll`](Self::poll), several messages at a time. Each batch is what was there when `within` was over since it was asked for,
    /// or as soon as there were `most`. It may be empty, so that a loop can end for another reason.
    ///
    /// An error of the client comes after the messages that were got before it, and the next batch may be asked for.
    ///
    /// ```no_run
    /// # use rdkafka::consumer::CommitMode;
    /// # use tracehop_kafka::{TracedBaseConsumer, TracedMessage};
    /// use std::time::Duration;
    ///
    /// use tracehop_kafka::process_batch_blocking;
    ///
    /// # fn store(orders: &[TracedMessage<'_>]) -> Result<(), rdkafka::error::KafkaError> { Ok(()) }
    /// # fn f(consumer: TracedBaseConsumer, stops: impl Fn() -> bool) -> Result<(), rdkafka::error::KafkaError> {
    /// for orders in consumer.batches(500, Duration::from_millis(50)) {
    ///     let orders = orders?;
    ///     if !orders.is_empty() {
    ///         process_batch_blocking(&orders, || store(&orders))?;
    ///         consumer.commit_all(&orders, CommitMode::Sync)?;
    ///     } else if stops() {
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Spans
    ///
    /// As for [`TracedStreamConsumer::batches`]. An empty batch has none.
    pub fn batches(&self, most: usize, within: Duration) -> TracedBatchIter<'_, C> {
        TracedBatchIter { consumer: self, most: most.max(1), within, error: None }
    }
}

/// Polls for ever, several messages at a time; see [`TracedBaseConsumer::batches`].
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are asked"]
pub struct TracedBatchIter<'a, C: ConsumerContext + 'static> {
    consumer: &'a TracedBaseConsumer<C>,
    most: usize,
    within: Duration,
    error: Option<KafkaError>,
}

impl<'a, C: ConsumerContext + 'static> Iterator for TracedBatchIter<'a, C> {
    type Item = KafkaResult<Vec<TracedMessage<'a>>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let Self { consumer, most, within, .. } = *self;
        let began = Instant::now();
        let mut batch: Vec<TracedMessage<'a>> = Vec::new();
        let mut receive = None;
        while batch.len() < most {
            let rest = within.saturating_sub(began.elapsed()).min(LONGEST_POLL);
            let Some(got) = consumer.consumer.poll(rest) else {
                // rdkafka may come back earlier, for example from a rebalance.
                if began.elapsed() >= within {
                    break;
                }
                continue;
            };
            match got {
                Ok(message) => {
                    let received = consumer.tracer.received(consumer.consumer.client(), message);
                    receive
                        .get_or_insert_with(|| consumer.tracer.client.receive_batch(SystemTime::now()))
                        .add(&received);
                    batch.push(received);
                }
                Err(error) if batch.is_empty() => return Some(Err(error)),
                Err(error) => {
                    self.error = Some(error);
                    break;
                }
            }
        }
        Some(Ok(batch))
    }
}

/// Where the group goes on after all of these messages.
fn positions<M: KafkaMessage>(batch: &[Received<M, Kafka>]) -> KafkaResult<TopicPartitionList> {
    let mut next = BTreeMap::new();
    for message in batch {
        let position = next.entry((message.topic(), message.partition())).or_insert(0);
        *position = message.offset().saturating_add(1).max(*position);
    }
    let mut list = TopicPartitionList::with_capacity(next.len());
    for ((topic, partition), position) in next {
        list.add_partition_offset(topic, partition, Offset::Offset(position))?;
    }
    Ok(list)
}

macro_rules! settling_several {
    () => {
        /// Commits all of these messages with one request: of each partition the position after the last of them. None is fine.
        ///
        /// What is committed is a position: it says that all messages of the partition before it are done as well.
        ///
        /// It makes a span `commit {topic}` that links to the creation context of each message. If all of them were processed in one
        /// span, it is below that one, although that has ended; else below what is current, or below the span in which the last of
        /// them was processed.
        ///
        /// # Errors
        ///
        /// As for [`Consumer::commit`](rdkafka::consumer::Consumer::commit).
        pub fn commit_all<M: KafkaMessage>(
            &self,
            batch: &[Received<M, Kafka>],
            mode: CommitMode,
        ) -> KafkaResult<()> {
            if batch.is_empty() {
                return Ok(());
            }
            settle::batch(&self.tracer.client, batch, || self.consumer.commit(&positions(batch)?, mode))
        }

        /// Stores the offsets of all of these messages, to be committed by the client later. The broker learns of them with the
        /// next commit, so there is no span.
        ///
        /// # Errors
        ///
        /// As for [`Consumer::store_offsets`](rdkafka::consumer::Consumer::store_offsets): for example, a partition was given to
        /// another consumer.
        pub fn store_all<M: KafkaMessage>(&self, batch: &[Received<M, Kafka>]) -> KafkaResult<()> {
            if batch.is_empty() {
                return Ok(());
            }
            self.consumer.store_offsets(&positions(batch)?)
        }
    };
}

impl<C, R> TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    settling_several!();
}

impl<C: ConsumerContext + 'static> TracedBaseConsumer<C> {
    settling_several!();
}
