//! Subscriptions. Getting a message reads its context; processing it makes the span.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::{Message, SubscribeError, Subscriber, ToSubject, UnsubscribeError};
use futures_core::Stream;
use tracehop::{ClientFacts, ClientTracer, IntoTraced, MessagingTracer, Received};

use crate::describe::Source;
use crate::{Nats, TracedClient};

impl TracedClient {
    /// [`Client::subscribe`](async_nats::Client::subscribe), each message with its context.
    ///
    /// # Errors
    ///
    /// As for [`Client::subscribe`](async_nats::Client::subscribe).
    pub async fn subscribe<S: ToSubject>(&self, subject: S) -> Result<TracedSubscriber, SubscribeError> {
        let subject = subject.to_subject();
        let source = self.tracer.source(&subject);
        let subscriber = self.client.subscribe(subject).await?;
        Ok(TracedSubscriber { subscriber, tracer: self.tracer.client.clone(), source })
    }

    /// [`Client::queue_subscribe`](async_nats::Client::queue_subscribe), each message with its context. The queue group is
    /// the spans' consumer group.
    ///
    /// # Errors
    ///
    /// As for [`Client::queue_subscribe`](async_nats::Client::queue_subscribe).
    pub async fn queue_subscribe<S: ToSubject>(
        &self,
        subject: S,
        queue_group: String,
    ) -> Result<TracedSubscriber, SubscribeError> {
        let subject = subject.to_subject();
        let source = self.tracer.source(&subject);
        let tracer = self.tracer.of_group(&queue_group);
        let subscriber = self.client.queue_subscribe(subject, queue_group).await?;
        Ok(TracedSubscriber { subscriber, tracer, source })
    }
}

/// A [`Subscriber`] that reads the context of each message.
///
/// Like the client's it yields messages until it is unsubscribed. A subject with wildcards is the template of the spans'
/// destination: `process orders.*`.
///
/// One that no [`TracedClient`] made is wrapped with `.traced(&tracer)`; its spans then name neither server nor template.
pub struct TracedSubscriber {
    subscriber: Subscriber,
    tracer: ClientTracer<Nats>,
    source: Source,
}

impl TracedSubscriber {
    /// [`Subscriber::unsubscribe`].
    ///
    /// # Errors
    ///
    /// As for [`Subscriber::unsubscribe`].
    pub async fn unsubscribe(&mut self) -> Result<(), UnsubscribeError> {
        self.subscriber.unsubscribe().await
    }

    /// [`Subscriber::unsubscribe_after`].
    ///
    /// # Errors
    ///
    /// As for [`Subscriber::unsubscribe_after`].
    pub async fn unsubscribe_after(&mut self, messages: u64) -> Result<(), UnsubscribeError> {
        self.subscriber.unsubscribe_after(messages).await
    }

    /// [`Subscriber::drain`].
    ///
    /// # Errors
    ///
    /// As for [`Subscriber::drain`].
    pub async fn drain(&mut self) -> Result<(), UnsubscribeError> {
        self.subscriber.drain().await
    }

    /// The client's own subscriber back.
    pub fn into_inner(self) -> Subscriber {
        self.subscriber
    }
}

impl Stream for TracedSubscriber {
    type Item = Received<FromSubject<Message>, Nats>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.subscriber).poll_next(task);
        polled.map(|message| Some(self.tracer.received(FromSubject::new(message?, self.source.clone()))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.subscriber.size_hint()
    }
}

impl IntoTraced<Nats> for Subscriber {
    type Traced = TracedSubscriber;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        let tracer = ClientTracer::new(tracer, ClientFacts::default());
        TracedSubscriber { subscriber: self, tracer, source: Source::default() }
    }
}

impl fmt::Debug for TracedSubscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedSubscriber").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A client's message that came through a subscription, of which it knows the pattern. It derefs to the client's message.
#[derive(Clone)]
pub struct FromSubject<M> {
    // No field of it may hide one of the client's.
    inner: M,
    pub(crate) source: Source,
}

impl<M> FromSubject<M> {
    pub(crate) fn new(inner: M, source: Source) -> Self {
        Self { inner, source }
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.inner
    }
}

impl<M> Deref for FromSubject<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.inner
    }
}

impl<M> fmt::Debug for FromSubject<M> {
    /// Leaves the client's message out: it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromSubject").field("source", &self.source).finish_non_exhaustive()
    }
}
