//! The traced `Consumer`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use lapin::message::DeliveryResult;
use lapin::types::ShortString;
use lapin::{Consumer, ConsumerDelegate, Result};
use tracehop::{ClientFacts, ClientTracer, IntoTraced, MessagingTracer, Outcome};

use crate::RabbitMq;
use crate::delivery::{Source, TracedDelivery};

/// A [`Consumer`] that reads the context of each delivery. Cheap to clone: clones share the client.
///
/// It is a stream, as lapin's is, and goes on through lapin's recovery as that does. Getting a delivery makes no span:
/// lapin fetched it ahead. Processing it does.
///
/// ```no_run
/// # use futures::TryStreamExt;
/// # use lapin::options::{BasicAckOptions, BasicConsumeOptions};
/// # use lapin::types::FieldTable;
/// use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: &[u8]) -> lapin::Result<()> { Ok(()) }
/// # async fn f(channel: lapin::Channel) -> lapin::Result<()> {
/// let channel = channel.traced(&MessagingTracer::global());
/// let options = BasicConsumeOptions::default();
/// let mut orders = channel.basic_consume("orders".into(), "".into(), options, FieldTable::default()).await?;
/// while let Some(order) = orders.try_next().await? {
///     order.process(async {
///         handle(&order.data).await?;
///         order.ack(BasicAckOptions::default()).await
///     }).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `process {destination}`, kind CONSUMER, for each delivery that is processed; those of its settlement are described
/// at
/// [`FromQueue`](crate::FromQueue).
#[derive(Clone)]
pub struct TracedConsumer {
    consumer: Consumer,
    source: Arc<Source>,
}

impl TracedConsumer {
    pub(crate) fn new(consumer: Consumer, client: ClientTracer<RabbitMq>) -> Self {
        let source = Source::new(client, consumer.queue());
        Self { consumer, source }
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
    /// It is called in the order of the deliveries, each inside the span of processing it. What it returns runs inside
    /// the span too, which ends as its output says; the output itself goes nowhere, as with lapin.
    ///
    /// Errors, and that the broker cancelled the consumer (`Ok(None)`), are passed on without a span.
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
        self.consumer.set_delegate(Delegate { handler, source: Arc::clone(&self.source) });
    }
}

/// What lapin calls.
struct Delegate<H> {
    handler: H,
    source: Arc<Source>,
}

impl<H, F> ConsumerDelegate for Delegate<H>
where
    H: Fn(Result<Option<TracedDelivery>>) -> F + Send + Sync + 'static,
    F: Future<Output: Outcome> + Send + 'static,
{
    /// Calls the handler at once and in order, as lapin does with a function.
    fn on_new_delivery(&self, delivery: DeliveryResult) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // Whoever sets the delegate has nothing to do with the messages that are there already.
        let _nothing = opentelemetry::Context::new().attach();
        match delivery {
            Ok(Some(delivery)) => {
                let received = self.source.received(delivery);
                let span = received.start_process();
                let handled = span.in_scope(|| (self.handler)(Ok(Some(received))));
                Box::pin(ignoring(span.run(handled)))
            }
            other => Box::pin(ignoring((self.handler)(other.map(|_| None)))),
        }
    }
}

async fn ignoring(future: impl Future) {
    let _ = future.await;
}

impl Stream for TracedConsumer {
    type Item = Result<TracedDelivery>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.consumer).poll_next(task));
        Poll::Ready(item.map(|item| item.map(|delivery| self.source.received(delivery))))
    }
}

/// For a consumer that an untraced channel made.
impl IntoTraced<RabbitMq> for Consumer {
    type Traced = TracedConsumer;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedConsumer::new(self, ClientTracer::new(tracer, ClientFacts::default()))
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
