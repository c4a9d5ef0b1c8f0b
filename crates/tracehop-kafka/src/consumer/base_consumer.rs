//! The traced `BaseConsumer`.

use std::sync::Arc;

use rdkafka::config::{ClientConfig, FromClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, DefaultConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::util::Timeout;
use tracehop::{ClientFacts, IntoTraced, MessagingTracer};

use super::{TracedMessage, TracedPartitionQueue};
use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A [`BaseConsumer`] that reads the context of each message. Cheap to clone: clones share the client.
///
/// It has the consumer's own methods, and implements [`Consumer`]; results come back untouched. The spans are those of
/// [`TracedStreamConsumer`](crate::TracedStreamConsumer); handle messages with
/// [`process_blocking`](tracehop::Received::process_blocking).
///
/// ```no_run
/// # use rdkafka::{ClientConfig, Message, consumer::Consumer};
/// use tokio::runtime::Handle;
/// use tracehop_kafka::{TracedBaseConsumer, TracedFutureProducer};
///
/// # fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
/// # fn f(mut config: ClientConfig, producer: TracedFutureProducer, runtime: Handle) -> Result<(), Box<dyn std::error::Error>> {
/// let consumer = config.set("enable.auto.offset.store", "false").create::<TracedBaseConsumer>()?;
/// consumer.subscribe(&["orders"])?;
/// for order in &consumer {
///     let order = order?;
///     // A failed order goes to the dead letters, inside its trace, and is then done like any other.
///     order.process_blocking(|| {
///         let bury = |error| runtime.block_on(producer.forward(&order, "orders.dead", error));
///         handle(order.payload()).or_else(bury)
///     })?;
///     // librdkafka commits what is stored: every five seconds, and when the consumer is dropped.
///     consumer.store_offset_from_message(&order)?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// It is [`TracedStreamConsumer`](crate::TracedStreamConsumer)'s first loop, for a thread that may block, and what is said there
/// of order and offsets holds here. The runtime is that of the producer.
pub struct TracedBaseConsumer<C = DefaultConsumerContext>
where
    C: ConsumerContext + 'static,
{
    pub(super) consumer: Arc<BaseConsumer<C>>,
    pub(super) tracer: KafkaTracer,
}

impl<C: ConsumerContext + 'static> TracedBaseConsumer<C> {
    fn new(consumer: Arc<BaseConsumer<C>>, tracer: &MessagingTracer) -> Self {
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
    pub fn inner(&self) -> &Arc<BaseConsumer<C>> {
        &self.consumer
    }

    /// [`BaseConsumer::poll`], the message with its context. Nothing polled is no span.
    pub fn poll<T: Into<Timeout>>(&self, timeout: T) -> Option<KafkaResult<TracedMessage<'_>>> {
        let clock = self.tracer.client.start_receive();
        let got = self.consumer.poll(timeout)?;
        Some(self.tracer.got(self.consumer.client(), got, clock))
    }

    /// [`BaseConsumer::iter`], each message with its context.
    pub fn iter(&self) -> TracedIter<'_, C> {
        TracedIter(self)
    }

    /// [`BaseConsumer::split_partition_queue`].
    pub fn split_partition_queue(&self, topic: &str, partition: i32) -> Option<TracedPartitionQueue<C>> {
        let queue = self.consumer.split_partition_queue(topic, partition)?;
        Some(TracedPartitionQueue::new(queue, Arc::clone(&self.consumer), self.tracer.clone()))
    }
}

/// Polls for ever; see [`TracedBaseConsumer::iter`].
#[derive(Debug)]
pub struct TracedIter<'a, C: ConsumerContext + 'static>(&'a TracedBaseConsumer<C>);

impl<'a, C: ConsumerContext + 'static> Iterator for TracedIter<'a, C> {
    type Item = KafkaResult<TracedMessage<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.0.poll(None) {
                return Some(item);
            }
        }
    }
}

impl<'a, C: ConsumerContext + 'static> IntoIterator for &'a TracedBaseConsumer<C> {
    type Item = KafkaResult<TracedMessage<'a>>;
    type IntoIter = TracedIter<'a, C>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<C: ConsumerContext + 'static> IntoTraced<Kafka> for BaseConsumer<C> {
    type Traced = TracedBaseConsumer<C>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Arc::new(self).traced(tracer)
    }
}

impl<C: ConsumerContext + 'static> IntoTraced<Kafka> for Arc<BaseConsumer<C>> {
    type Traced = TracedBaseConsumer<C>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedBaseConsumer::new(self, tracer)
    }
}

impl<C: ConsumerContext + 'static> IntoTraced<Kafka> for TracedBaseConsumer<C> {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
    }
}

impl FromClientConfig for TracedBaseConsumer {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Self::from_config_and_context(config, DefaultConsumerContext)
    }
}

impl<C: ConsumerContext + 'static> FromClientConfigAndContext<C> for TracedBaseConsumer<C> {
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        let consumer = BaseConsumer::from_config_and_context(config, context)?;
        Ok(Self::new(Arc::new(consumer), &MessagingTracer::global()))
    }
}

impl<C: ConsumerContext + 'static> Clone for TracedBaseConsumer<C> {
    fn clone(&self) -> Self {
        Self { consumer: Arc::clone(&self.consumer), tracer: self.tracer.clone() }
    }
}

impl<C: ConsumerContext + 'static> std::fmt::Debug for TracedBaseConsumer<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedBaseConsumer").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}
