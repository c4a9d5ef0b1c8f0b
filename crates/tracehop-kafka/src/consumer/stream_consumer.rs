//! The traced `StreamConsumer`.

use std::sync::Arc;

use rdkafka::config::{ClientConfig, FromClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{Consumer, ConsumerContext, DefaultConsumerContext, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::util::{AsyncRuntime, DefaultRuntime};
use tracehop::{ClientFacts, IntoTraced, MessagingTracer};

use super::{TracedMessage, TracedMessageStream, TracedStreamPartitionQueue};
use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A [`StreamConsumer`] that reads the context of each message. Cheap to clone: clones share the client.
///
/// It has the consumer's own methods, and implements [`Consumer`]; results come back untouched.
///
/// ```no_run
/// # use rdkafka::{ClientConfig, Message, consumer::{CommitMode, Consumer, StreamConsumer}};
/// # use futures::TryStreamExt;
/// use tracehop_kafka::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: Option<&[u8]>) -> anyhow::Result<()> { Ok(()) }
/// # async fn f(config: ClientConfig) -> anyhow::Result<()> {
/// let tracer = MessagingTracer::global();
/// let consumer = &config.create::<StreamConsumer>()?.traced(&tracer);
/// consumer.subscribe(&["orders"])?;
/// consumer.stream().map_err(anyhow::Error::from).try_for_each_concurrent(16, |order| async move {
///     order.process(handle(order.payload())).await?;
///     consumer.commit_message(&order, CommitMode::Async)?;
///     Ok(())
/// }).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `process {topic}`, kind CONSUMER, for each message that is processed; `commit {topic}`, kind CLIENT, for each commit;
/// `poll {topic}`, kind CLIENT, for each [`recv`](Self::recv), if the tracer makes
/// [receive spans](tracehop::MessagingTracerBuilder::receive_spans). A stream makes none: it hands out what librdkafka
/// fetched ahead. A commit with `CommitMode::Async` is over when it is queued, and so is its span.
pub struct TracedStreamConsumer<C = DefaultConsumerContext, R = DefaultRuntime>
where
    C: ConsumerContext + 'static,
{
    pub(super) consumer: Arc<StreamConsumer<C, R>>,
    pub(super) tracer: KafkaTracer,
}

impl<C, R> TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    fn new(consumer: Arc<StreamConsumer<C, R>>, tracer: &MessagingTracer) -> Self {
        let tracer = KafkaTracer::new(tracer, consumer.client());
        Self { consumer, tracer }
    }

    /// The same consumer with another tracer: for those made by [`ClientConfig::create`], which use the global one. Facts
    /// that were given stay.
    pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: self.tracer.with_tracer(tracer), ..self }
    }

    /// The same consumer with facts for its spans. They win over those that were read from the client's configuration,
    /// which stay where these say nothing.
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        Self { tracer: self.tracer.with_facts(facts), ..self }
    }

    /// The client's own consumer.
    pub fn inner(&self) -> &Arc<StreamConsumer<C, R>> {
        &self.consumer
    }

    /// [`StreamConsumer::stream`], each message with its context.
    pub fn stream(&self) -> TracedMessageStream<'_, C> {
        TracedMessageStream::new(self.consumer.stream(), self.consumer.client(), &self.tracer)
    }

    /// [`StreamConsumer::recv`], the message with its context.
    ///
    /// # Errors
    ///
    /// As for [`StreamConsumer::recv`].
    ///
    /// # Cancel safety
    ///
    /// As safe as the client's: a message is not lost, and a span is only made for one that is handed out.
    pub async fn recv(&self) -> KafkaResult<TracedMessage<'_>> {
        let clock = self.tracer.client.start_receive();
        let message = self.consumer.recv().await?;
        Ok(self.tracer.received_since(self.consumer.client(), message, clock))
    }

    /// [`StreamConsumer::split_partition_queue`].
    pub fn split_partition_queue(
        &self,
        topic: &str,
        partition: i32,
    ) -> Option<TracedStreamPartitionQueue<C, R>> {
        let queue = self.consumer.split_partition_queue(topic, partition)?;
        Some(TracedStreamPartitionQueue::new(queue, Arc::clone(&self.consumer), self.tracer.clone()))
    }
}

impl<C, R> IntoTraced<Kafka> for StreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    type Traced = TracedStreamConsumer<C, R>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Arc::new(self).traced(tracer)
    }
}

impl<C, R> IntoTraced<Kafka> for Arc<StreamConsumer<C, R>>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    type Traced = TracedStreamConsumer<C, R>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedStreamConsumer::new(self, tracer)
    }
}

impl<C, R> IntoTraced<Kafka> for TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
    }
}

impl<R: AsyncRuntime> FromClientConfig for TracedStreamConsumer<DefaultConsumerContext, R> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Self::from_config_and_context(config, DefaultConsumerContext)
    }
}

impl<C, R> FromClientConfigAndContext<C> for TracedStreamConsumer<C, R>
where
    C: ConsumerContext + 'static,
    R: AsyncRuntime,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        let consumer = StreamConsumer::from_config_and_context(config, context)?;
        Ok(Self::new(Arc::new(consumer), &MessagingTracer::global()))
    }
}

impl<C: ConsumerContext + 'static, R> Clone for TracedStreamConsumer<C, R> {
    fn clone(&self) -> Self {
        Self { consumer: Arc::clone(&self.consumer), tracer: self.tracer.clone() }
    }
}

impl<C: ConsumerContext + 'static, R> std::fmt::Debug for TracedStreamConsumer<C, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedStreamConsumer").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}
