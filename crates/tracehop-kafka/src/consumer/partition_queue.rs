//! Queues of one partition: a worker for each is a common pattern.

use std::fmt;
use std::sync::Arc;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::util::{AsyncRuntime, DefaultRuntime, Timeout};
use tracehop::{IntoTraced, MessagingTracer};

use super::{TracedMessage, TracedMessageStream};
use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A [`StreamPartitionQueue`] that reads the context of each message.
pub struct TracedStreamPartitionQueue<C, R = DefaultRuntime>
where
    C: ConsumerContext + 'static,
{
    queue: StreamPartitionQueue<C, R>,
    consumer: Arc<StreamConsumer<C, R>>,
    tracer: KafkaTracer,
}

impl<C, R> TracedStreamPartitionQueue<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    pub(super) fn new(
        queue: StreamPartitionQueue<C, R>,
        consumer: Arc<StreamConsumer<C, R>>,
        tracer: KafkaTracer,
    ) -> Self {
        Self { queue, consumer, tracer }
    }

    /// [`StreamPartitionQueue::stream`], each message with its context.
    pub fn stream(&self) -> TracedMessageStream<'_, C> {
        TracedMessageStream::new(self.queue.stream(), self.consumer.client(), &self.tracer)
    }

    /// [`StreamPartitionQueue::recv`], the message with its context.
    ///
    /// # Errors
    ///
    /// As for [`StreamPartitionQueue::recv`].
    pub async fn recv(&self) -> KafkaResult<TracedMessage<'_>> {
        let clock = self.tracer.client.start_receive();
        let got = self.queue.recv().await;
        self.tracer.got(self.consumer.client(), got, clock)
    }
}

impl<C: ConsumerContext + 'static, R> IntoTraced<Kafka> for TracedStreamPartitionQueue<C, R> {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: self.tracer.with_tracer(tracer), ..self }
    }
}

impl<C: ConsumerContext + 'static, R> fmt::Debug for TracedStreamPartitionQueue<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedStreamPartitionQueue").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}

/// A [`PartitionQueue`] that reads the context of each message.
pub struct TracedPartitionQueue<C: ConsumerContext + 'static> {
    queue: PartitionQueue<C>,
    consumer: Arc<BaseConsumer<C>>,
    tracer: KafkaTracer,
}

impl<C: ConsumerContext + 'static> TracedPartitionQueue<C> {
    pub(super) fn new(queue: PartitionQueue<C>, consumer: Arc<BaseConsumer<C>>, tracer: KafkaTracer) -> Self {
        Self { queue, consumer, tracer }
    }

    /// [`PartitionQueue::poll`], the message with its context.
    pub fn poll<T: Into<Timeout>>(&self, timeout: T) -> Option<KafkaResult<TracedMessage<'_>>> {
        let clock = self.tracer.client.start_receive();
        let got = self.queue.poll(timeout)?;
        Some(self.tracer.got(self.consumer.client(), got, clock))
    }

    /// [`PartitionQueue::set_nonempty_callback`].
    pub fn set_nonempty_callback<F: Fn() + Send + Sync + 'static>(&mut self, callback: F) {
        self.queue.set_nonempty_callback(callback);
    }
}

impl<C: ConsumerContext + 'static> IntoTraced<Kafka> for TracedPartitionQueue<C> {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: self.tracer.with_tracer(tracer), ..self }
    }
}

impl<C: ConsumerContext + 'static> fmt::Debug for TracedPartitionQueue<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPartitionQueue").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}
