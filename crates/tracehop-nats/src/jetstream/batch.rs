//! Streams with an end: batches, and sequences of them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use async_nats::Error;
use async_nats::jetstream::consumer::pull::{Batch, MessagesError, Sequence};
use async_nats::jetstream::consumer::{Consumer, IntoConsumerConfig};
use futures_core::Stream;
use tracehop::{BatchReceive, ClientFacts, Failure, IntoTraced, MessagingTracer};

use super::TracedMessage;
use super::origin::Origin;
use crate::Nats;

/// A [`Batch`], each message with its context: what `fetch()` and `batch()` of a consumer get.
///
/// ```no_run
/// # use async_nats::jetstream::consumer::PullConsumer;
/// # use futures::TryStreamExt;
/// use tracehop_nats::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: &[u8]) -> Result<(), async_nats::Error> { Ok(()) }
/// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
/// let orders = consumer.fetch().max_messages(100).messages().await?;
/// let mut orders = orders.traced(&MessagingTracer::global());
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
/// `receive {subject}`, kind CLIENT, from when it was wrapped until the last message was got: it links to each message's
/// creation context. A batch without a message makes no span. `process {subject}`, kind CONSUMER, for each message that is
/// processed.
pub struct TracedBatch {
    batch: Batch,
    origin: Origin,
    since: SystemTime,
    receive: Option<BatchReceive<Nats>>,
}

impl TracedBatch {
    fn new(batch: Batch, origin: Origin) -> Self {
        Self { batch, origin, since: SystemTime::now(), receive: None }
    }

    /// Tells whose messages these are; see [`TracedMessages::consumer`](super::TracedMessages::consumer).
    #[must_use]
    pub fn consumer<T: IntoConsumerConfig>(mut self, consumer: &Consumer<T>) -> Self {
        self.origin.learn(consumer);
        self
    }

    /// The same with facts for its spans; see [`TracedClient::with_facts`](crate::TracedClient::with_facts).
    #[must_use]
    pub fn with_facts(mut self, facts: ClientFacts) -> Self {
        self.origin.set_facts(facts);
        self
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
                if let Some(mut receive) = receive.take() {
                    receive.fail(Failure::of(&error));
                }
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
        TracedBatch::new(self, Origin::new(tracer, true))
    }
}

impl fmt::Debug for TracedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBatch").field("receive", &self.receive).finish_non_exhaustive()
    }
}

/// A [`Sequence`], each batch traced.
pub struct TracedSequence {
    sequence: Sequence,
    origin: Origin,
}

impl TracedSequence {
    /// Tells whose messages these are; see [`TracedMessages::consumer`](super::TracedMessages::consumer).
    #[must_use]
    pub fn consumer<T: IntoConsumerConfig>(mut self, consumer: &Consumer<T>) -> Self {
        self.origin.learn(consumer);
        self
    }

    /// The same with facts for its spans; see [`TracedClient::with_facts`](crate::TracedClient::with_facts).
    #[must_use]
    pub fn with_facts(mut self, facts: ClientFacts) -> Self {
        self.origin.set_facts(facts);
        self
    }

    /// The client's own sequence back.
    pub fn into_inner(self) -> Sequence {
        self.sequence
    }
}

impl Stream for TracedSequence {
    type Item = Result<TracedBatch, MessagesError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.sequence).poll_next(task));
        Poll::Ready(item.map(|item| item.map(|batch| TracedBatch::new(batch, self.origin.clone()))))
    }
}

impl IntoTraced<Nats> for Sequence {
    type Traced = TracedSequence;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedSequence { sequence: self, origin: Origin::new(tracer, true) }
    }
}

impl fmt::Debug for TracedSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedSequence").finish_non_exhaustive()
    }
}
