//! Streams with an end.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use async_nats::Error;
use async_nats::jetstream::consumer::pull::Batch;
use futures_core::Stream;
use tracehop::{BatchReceive, Failure, IntoTraced, MessagingTracer};

use super::TracedMessage;
use super::origin::Origin;
use crate::settings::{received_templates, settings};
use crate::system::Nats;

/// A [`Batch`], each message with its context: what `fetch()` and `batch()` of a consumer get.
///
/// ```no_run
/// # use async_nats::jetstream::consumer::PullConsumer;
/// # use futures::TryStreamExt;
/// use tracehop_nats::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: &[u8]) -> Result<(), async_nats::Error> { Ok(()) }
/// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
/// let consumer = consumer.traced(&MessagingTracer::global());
/// let mut orders = consumer.fetch().max_messages(100).messages().await?;
/// while let Some(order) = orders.try_next().await? {
///     order.process(async {
///         handle(&order.payload).await?;
///         order.ack().await
///     }).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `receive {subject}`, kind CLIENT, lasts from when the batch was wrapped until its last message was received, and links to
/// each message's creation context. A batch without a message makes no span. `process {subject}`, kind CONSUMER, is made for
/// each message that is processed.
pub struct TracedBatch {
    batch: Batch,
    origin: Origin,
    since: SystemTime,
    receive: Option<BatchReceive<Nats>>,
}

settings!(TracedBatch, origin);
received_templates!(TracedBatch, origin.subjects);

impl TracedBatch {
    pub(super) fn new(batch: Batch, origin: Origin) -> Self {
        Self { batch, origin, since: SystemTime::now(), receive: None }
    }

    /// The client's own batch back.
    pub fn into_inner(self) -> Batch {
        self.batch
    }
}

impl Stream for TracedBatch {
    type Item = Result<TracedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.batch).poll_next(task));
        let Self { origin, since, receive, .. } = &mut *self;
        Poll::Ready(match item {
            Some(Ok(message)) => {
                let received = origin.received(message);
                let client = received.client_tracer();
                receive.get_or_insert_with(|| client.receive_batch(*since)).add(&received);
                Some(Ok(received))
            }
            Some(Err(error)) => {
                let mut receive = receive.take().unwrap_or_else(|| origin.tracer().receive_batch(*since));
                receive.fail(Failure::of(&error));
                Some(Err(error))
            }
            None => {
                *receive = None;
                None
            }
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.batch.size_hint()
    }
}

impl IntoTraced<Nats> for Batch {
    type Traced = TracedBatch;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedBatch::new(self, Origin::unknown(tracer, true))
    }
}

impl fmt::Debug for TracedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBatch").field("receive", &self.receive).finish_non_exhaustive()
    }
}
