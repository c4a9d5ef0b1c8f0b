//! The traced `Consumer`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use lapin::types::ShortString;
use lapin::{Consumer, Result};
use tracehop::{ClientFacts, ClientTracer, IntoTraced, MessagingTracer, Outcome, Templates};

use super::from_queue::{FromQueue, TracedDelivery};
use super::queue_origin::QueueOrigin;
use super::traced_delegate::TracedDelegate;
use crate::RabbitMq;

/// A [`Consumer`] that reads the context of each delivery. Cheap to clone: clones share the client.
///
/// It is a stream, as lapin's is, and it goes on after lapin's recovery as lapin's does. Getting a delivery makes no span,
/// because lapin has fetched it ahead. Processing it makes one. [`batches`](Self::batches) gives several deliveries at a time.
///
/// ```no_run
/// # use futures::TryStreamExt;
/// # use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicRejectOptions};
/// # use lapin::types::FieldTable;
/// use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: &[u8]) -> lapin::Result<()> { Ok(()) }
/// # async fn f(channel: lapin::Channel) -> lapin::Result<()> {
/// let channel = channel.traced(&MessagingTracer::global());
/// let options = BasicConsumeOptions::default();
/// let mut orders = channel.basic_consume("orders".into(), "".into(), options, FieldTable::default()).await?;
/// while let Some(order) = orders.try_next().await? {
///     match order.process(handle(&order.data)).await {
///         Ok(()) => order.ack(BasicAckOptions::default()).await?,
///         // To the queue's dead-letter exchange. Without one the broker discards the message.
///         Err(_) => order.reject(BasicRejectOptions::default()).await?,
///     };
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `process {destination}`, kind CONSUMER, for each delivery that is processed. The spans of its settlement are described
/// at [`TracedAcker`](crate::TracedAcker).
#[derive(Clone)]
pub struct TracedConsumer {
    consumer: Consumer,
    origin: Arc<QueueOrigin>,
}

impl TracedConsumer {
    pub(crate) fn new(consumer: Consumer, client: ClientTracer<RabbitMq>, templates: Templates) -> Self {
        let origin = QueueOrigin::new(client, consumer.queue(), templates);
        Self { consumer, origin }
    }

    /// The same consumer, traced by `tracer`. Deliveries that were taken from it before are not changed.
    #[must_use]
    pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        let facts = self.origin.client.facts().clone();
        Self::new(self.consumer, ClientTracer::new(tracer, facts), self.origin.templates.clone())
    }

    /// The same consumer, with facts for its spans that lapin does not tell. What the facts do not say stays as it was.
    #[must_use]
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        let client = &self.origin.client;
        let client = ClientTracer::new(client.tracer(), facts.or(client.facts().clone()));
        Self::new(self.consumer, client, self.origin.templates.clone())
    }

    /// The same consumer, with patterns for the routing keys of its deliveries: see
    /// [`TracedChannel::with_templates`](crate::TracedChannel::with_templates). They take the place of the channel's.
    #[must_use]
    pub fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::new(self.consumer, self.origin.client.clone(), Templates::new(patterns))
    }

    /// [`Consumer::tag`].
    pub fn tag(&self) -> ShortString {
        self.consumer.tag()
    }

    /// [`Consumer::queue`].
    pub fn queue(&self) -> ShortString {
        self.consumer.queue()
    }

    /// The client's own consumer.
    pub fn inner(&self) -> &Consumer {
        &self.consumer
    }

    /// The client's own consumer back.
    pub fn into_inner(self) -> Consumer {
        self.consumer
    }

    /// [`Consumer::set_delegate`] with a function of traced deliveries.
    ///
    /// The function is called in the order of the deliveries, inside the span of processing the delivery. The future that
    /// it returns runs inside the span too, and the span ends as the future's output says. The output itself is ignored, as
    /// lapin does.
    ///
    /// The function is called without a span for errors, and with `Ok(None)` if the broker cancelled the consumer.
    ///
    /// ```no_run
    /// # use lapin::options::BasicAckOptions;
    /// # use tracehop_rabbitmq::TracedConsumer;
    /// # async fn handle(payload: &[u8]) -> lapin::Result<()> { Ok(()) }
    /// # fn f(orders: TracedConsumer) {
    /// orders.set_delegate(|order| async {
    ///     if let Some(order) = order? {
    ///         handle(&order.data).await?;
    ///         order.ack(BasicAckOptions::default()).await?;
    ///     }
    ///     lapin::Result::Ok(())
    /// });
    /// # }
    /// ```
    pub fn set_delegate<H, F>(&self, handler: H)
    where
        H: Fn(Result<Option<TracedDelivery>>) -> F + Send + Sync + 'static,
        F: Future<Output: Outcome> + Send + 'static,
    {
        self.consumer.set_delegate(TracedDelegate { handler, origin: Arc::clone(&self.origin) });
    }
}

impl Stream for TracedConsumer {
    type Item = Result<TracedDelivery>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let delivery = Pin::new(&mut self.consumer).poll_next(task);
        delivery.map_ok(|delivery| FromQueue::received(delivery, &self.origin))
    }
}

/// For a consumer that was made by an untraced channel.
impl IntoTraced<RabbitMq> for Consumer {
    type Traced = TracedConsumer;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedConsumer::new(self, ClientTracer::new(tracer, ClientFacts::default()), Templates::default())
    }
}

/// It stays one wrapper, and the last tracer counts.
impl IntoTraced<RabbitMq> for TracedConsumer {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
    }
}

impl fmt::Debug for TracedConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConsumer")
            .field("tag", &self.consumer.tag())
            .field("queue", &self.consumer.queue())
            .finish_non_exhaustive()
    }
}
