//! Streams without an end.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{pull, push};
use futures_core::Stream;
use pin_project_lite::pin_project;
use tracehop::{IntoTraced, MessagingTracer};

use super::TracedMessage;
use super::origin::Origin;
use crate::settings::{received_templates, settings};
use crate::system::Nats;

pin_project! {
    /// A consumer's messages, each with its context. Errors pass through.
    ///
    /// For each of the client's streams without an end: [`pull::Stream`], [`push::Messages`], and those of ordered
    /// consumers.
    ///
    /// ```no_run
    /// # use async_nats::jetstream::consumer::PullConsumer;
    /// # use futures::TryStreamExt;
    /// use tracehop_nats::{IntoTraced, MessagingTracer};
    ///
    /// # async fn handle(payload: &[u8]) -> Result<(), async_nats::Error> { Ok(()) }
    /// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
    /// let mut orders = consumer.traced(&MessagingTracer::global()).messages().await?;
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
    /// `process {subject}`, kind CONSUMER, for each message that is processed. There is none for receiving it, because the
    /// stream hands out what the client fetched ahead.
    ///
    /// A stream of which no [`TracedConsumer`](super::TracedConsumer) is known, because it was wrapped by itself, does not
    /// tell its consumer: the spans then have no consumer group, and the name of the stream in place of the filters.
    pub struct TracedMessages<St> {
        #[pin]
        stream: St,
        origin: Origin,
    }
}

settings!(TracedMessages<St>, origin);
received_templates!(TracedMessages<St>, origin.subjects);

impl<St> TracedMessages<St> {
    pub(super) fn new(stream: St, origin: Origin) -> Self {
        Self { stream, origin }
    }

    /// The client's own stream back.
    pub fn into_inner(self) -> St {
        self.stream
    }
}

impl<St, E> Stream for TracedMessages<St>
where
    St: Stream<Item = Result<Message, E>>,
{
    type Item = Result<TracedMessage, E>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        this.stream.poll_next(task).map_ok(|message| this.origin.received(message))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

macro_rules! traced {
    ($stream:ty, settled: $settled:literal) => {
        impl IntoTraced<Nats> for $stream {
            type Traced = TracedMessages<Self>;

            fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
                TracedMessages::new(self, Origin::unknown(tracer, $settled))
            }
        }
    };
}

traced!(pull::Stream, settled: true);
traced!(push::Messages, settled: true);
traced!(pull::Ordered, settled: false);
traced!(push::Ordered, settled: false);

impl<St> fmt::Debug for TracedMessages<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedMessages").finish_non_exhaustive()
    }
}
