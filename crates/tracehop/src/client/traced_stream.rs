//! Streams of messages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::client_tracer::ClientTracer;
use super::received::Received;
use crate::message::{Inbound, MessagingSystem};

pin_project! {
    /// A client's stream, yielding each message as [`Received`]. Errors pass through.
    ///
    /// Reading the creation context is all it does: nothing is attached to the task that polls it, and there is no span
    /// until a message is processed. It is as cancel-safe as the client's stream.
    pub struct TracedStream<St, S> {
        #[pin]
        stream: St,
        client: ClientTracer<S>,
    }
}

impl<St, S: MessagingSystem> TracedStream<St, S> {
    /// Wraps a stream of messages got by `client`.
    pub fn new(stream: St, client: ClientTracer<S>) -> Self {
        Self { stream, client }
    }

    /// The client's stream back.
    pub fn into_inner(self) -> St {
        self.stream
    }
}

impl<St, M, E, S> Stream for TracedStream<St, S>
where
    St: Stream<Item = Result<M, E>>,
    M: Inbound<S>,
    S: MessagingSystem,
{
    type Item = Result<Received<M, S>, E>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let item = ready!(this.stream.poll_next(task));
        Poll::Ready(item.map(|item| item.map(|message| this.client.received(message))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<St, M, E, S> FusedStream for TracedStream<St, S>
where
    St: FusedStream + Stream<Item = Result<M, E>>,
    M: Inbound<S>,
    S: MessagingSystem,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<St, S> fmt::Debug for TracedStream<St, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedStream").finish_non_exhaustive()
    }
}
