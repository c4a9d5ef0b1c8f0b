//! Streams without an end, several messages at a time.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_nats::jetstream::Message;
use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tracehop::ReceivedBatches;

use super::{FromStream, TracedMessage, TracedMessages};
use crate::system::Nats;

/// In a box, so that the batches need no pinning.
type Timer = Pin<Box<Sleep>>;

pin_project! {
    /// A consumer's messages, several at a time: what [`TracedMessages::batches`] returns. Each batch has one message at least.
    #[must_use = "streams do nothing unless polled"]
    pub struct TracedBatches<St, E> {
        #[pin]
        batches: ReceivedBatches<TracedMessages<St>, FromStream, Nats, E, fn(Duration) -> Timer, Timer>,
    }
}

impl<St> TracedMessages<St> {
    /// The messages several at a time: a batch is full when it has `most` messages (1 at least), or when its first message has
    /// waited for `within`; with [`Duration::ZERO`] it is what is there at once. The wait for the first message has no end.
    ///
    /// The stream goes on fetching ahead while a batch is handled, where [`fetch`](super::TracedConsumer::fetch) and
    /// [`batch`](super::TracedConsumer::batch) ask the server for each. Messages that wait here have been delivered: `within` must
    /// be far below the consumer's `ack_wait`, and no more messages come in than its `max_ack_pending` allows.
    ///
    /// An error of the client comes after the messages that were got before it, in its place among the batches. The batches go on
    /// afterwards if the client's stream does.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use async_nats::jetstream::consumer::PullConsumer;
    /// use futures::TryStreamExt;
    /// use tracehop_nats::{IntoTraced, MessagingTracer, ack_all, process_batch};
    ///
    /// # async fn store(orders: usize) -> Result<(), async_nats::Error> { Ok(()) }
    /// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
    /// let orders = consumer.traced(&MessagingTracer::global()).messages().await?;
    /// let mut batches = orders.batches(100, Duration::from_millis(50));
    /// while let Some(orders) = batches.try_next().await? {
    ///     process_batch(&orders, async {
    ///         store(orders.len()).await?;
    ///         ack_all(&orders).await
    ///     }).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Spans
    ///
    /// `receive {subject}`, kind CLIENT, for each batch, from its first message to its last, with a link to each message's creation
    /// context. Waiting for the first message is in no span.
    ///
    /// # Panics
    ///
    /// The batches panic if they are polled outside of a runtime of tokio, like the client's own streams.
    ///
    /// # Cancel safety
    ///
    /// `next` is cancel-safe: messages that were got stay in the stream until their batch is handed out. If the stream is dropped,
    /// they go with it, are not settled, and come again.
    pub fn batches<E>(self, most: usize, within: Duration) -> TracedBatches<St, E>
    where
        St: Stream<Item = Result<Message, E>>,
    {
        let timer: fn(Duration) -> Timer = |within| Box::pin(sleep(within));
        TracedBatches { batches: ReceivedBatches::new(self, most, within, timer) }
    }
}

impl<St, E> Stream for TracedBatches<St, E>
where
    St: Stream<Item = Result<Message, E>>,
{
    type Item = Result<Vec<TracedMessage>, E>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().batches.poll_next(task)
    }
}

impl<St, E> FusedStream for TracedBatches<St, E>
where
    St: Stream<Item = Result<Message, E>>,
{
    fn is_terminated(&self) -> bool {
        self.batches.is_terminated()
    }
}

impl<St, E> fmt::Debug for TracedBatches<St, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBatches").field("batches", &self.batches).finish()
    }
}
