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
/// # use rdkafka::{ClientConfig, Message, consumer::Consumer};
/// use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
///
/// # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
/// # async fn f(mut config: ClientConfig, producer: TracedFutureProducer) -> Result<(), rdkafka::error::KafkaError> {
/// // Uses the global tracer. `config.create::<StreamConsumer>()?.traced(&tracer)` takes another.
/// let consumer = config.set("enable.auto.offset.store", "false").create::<TracedStreamConsumer>()?;
/// consumer.subscribe(&["orders"])?;
/// loop {
///     let order = consumer.recv().await?;
///     order.process_or(handle(order.payload()), |error| producer.forward(&order, "orders.dead", error)).await?;
///     // librdkafka commits what is stored: every five seconds, and when the consumer is dropped.
///     consumer.store_offset_from_message(&order)?;
/// }
/// # }
/// ```
///
/// An offset is a position: it says that everything before it is done. One order after the other, each stored when it is
/// done, is what needs no further thought: whenever this loop is killed, what was not handled is handled after the restart,
/// and what was handled since the last commit is handled again. The loop only ends if the client fails: an order that cannot
/// be handled goes to the dead letters ([`process_or`](tracehop::Received::process_or),
/// [`forward`](crate::TracedFutureProducer::forward)).
///
/// `enable.auto.offset.store` must be `false`, because librdkafka would otherwise store an offset when it hands the message
/// out, before it is handled.
///
/// # Commits
///
/// `commit_message(&order, CommitMode::Sync)` after each order, with `enable.auto.commit` set to `false`, fits where there are
/// few orders and handling one again costs much. It blocks the thread until the broker answers, and its span is in the trace
/// of the order, below that of its handling.
///
/// Do not call it with `CommitMode::Async` for each order. That only puts a request into a queue. If handlers are faster than
/// the broker's answers the queue grows, and dropping the consumer waits for all of it: three minutes after 30,000 orders
/// that took a tenth of a second.
///
/// # Concurrency
///
/// Handlers that run at once end in any order. If each stored or committed its own offset, a fast one would declare the slower
/// ones before it done, and a restart would skip them. So run handlers at once, and take their results in order:
///
/// ```no_run
/// # use rdkafka::{ClientConfig, Message, consumer::Consumer};
/// # use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
/// use futures::{StreamExt, TryStreamExt};
///
/// # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
/// # async fn f(mut config: ClientConfig, producer: &TracedFutureProducer) -> Result<(), rdkafka::error::KafkaError> {
/// let consumer = config.set("enable.auto.offset.store", "false").create::<TracedStreamConsumer>()?;
/// consumer.subscribe(&["orders"])?;
/// let orders = consumer.stream().map_ok(|order| async {
///     order.process_or(handle(order.payload()), |error| producer.forward(&order, "orders.dead", error)).await?;
///     Ok(order)
/// });
/// // Boxed, so that the loop may run in a spawned task: the compiler cannot tell otherwise.
/// let mut handled = orders.try_buffered(16).boxed();
/// while let Some(order) = handled.try_next().await? {
///     // They come in the order of the topic, so whatever came before is done.
///     if let Err(error) = consumer.store_offset_from_message(&order) {
///         // The partition went to another consumer meanwhile, which handles the order again.
///         eprintln!("{error}");
///     }
/// }
/// # Ok(())
/// # }
/// # fn in_a_task(config: ClientConfig, producer: &'static TracedFutureProducer) {
/// #     tokio::spawn(f(config, producer));
/// # }
/// ```
///
/// Up to sixteen orders are then handled at once, also two of the same key. Where orders of one key must not overtake each
/// other, run the first loop once for each partition, over a queue of [`split_partition_queue`](Self::split_partition_queue):
/// Kafka keeps a key in one partition.
///
/// # Tasks
///
/// What [`recv`](Self::recv) hands out borrows from the consumer. [`detach`](tracehop::Received::detach) makes of it a message for
/// a task of its own, or for a channel to a pool of workers. The trace goes with it:
///
/// ```no_run
/// # use rdkafka::Message;
/// # use tracehop_kafka::TracedStreamConsumer;
/// # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
/// # async fn f(consumer: TracedStreamConsumer) -> Result<(), Box<dyn std::error::Error>> {
/// let order = consumer.recv().await?.detach();
/// let handler = order.process_owned(|order| async move { handle(order.payload()).await.map(|()| order) });
/// let order = tokio::spawn(handler).await??;
/// consumer.store_offset_from_received(&order)?;
/// # Ok(())
/// # }
/// ```
///
/// What was said of order and offsets holds for tasks too: settle orders in the order in which they came, however many tasks
/// handle them ([`store_offset_from_received`](Self::store_offset_from_received),
/// [`commit_received`](Self::commit_received)).
///
/// # Spans
///
/// `process {topic}`, kind CONSUMER, for each message that is processed; `commit {topic}`, kind CLIENT, for each commit, a child
/// of the span in which its message was processed;
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
        let got = self.consumer.recv().await;
        self.tracer.got(self.consumer.client(), got, clock)
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
