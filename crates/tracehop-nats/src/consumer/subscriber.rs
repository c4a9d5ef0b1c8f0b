//! Subscriptions. Receiving a message reads its context; processing it makes the span.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::{Message, SubscribeError, Subscriber, ToSubject, UnsubscribeError};
use futures_core::Stream;
use tracehop::{IntoTraced, MessagingTracer, Received};

use super::FromSubject;
use crate::client::TracedClient;
use crate::server_tracers::ServerTracers;
use crate::settings::{received_templates, settings};
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

impl TracedClient {
    /// [`Client::subscribe`](async_nats::Client::subscribe), each message with its context.
    ///
    /// # Errors
    ///
    /// As for [`Client::subscribe`](async_nats::Client::subscribe).
    pub async fn subscribe<S: ToSubject>(&self, subject: S) -> Result<TracedSubscriber, SubscribeError> {
        let subject = subject.to_subject();
        let subjects = self.tracer.subjects.subscribed(&subject);
        let subscriber = self.inner().subscribe(subject).await?;
        Ok(TracedSubscriber { subscriber, tracers: self.tracer.operations.clone(), subjects })
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
        let subjects = self.tracer.subjects.subscribed(&subject);
        let tracers = self.tracer.of_group(&queue_group);
        let subscriber = self.inner().queue_subscribe(subject, queue_group).await?;
        Ok(TracedSubscriber { subscriber, tracers, subjects })
    }
}

/// A [`Subscriber`] that reads the context of each message.
///
/// Like the client's own it yields messages until it is unsubscribed. A subject with wildcards is the template of the
/// spans' destination: `process orders.*`.
///
/// A subscriber that no [`TracedClient`] made is wrapped with `.traced(&tracer)`. It does not tell its client and its
/// subject, so its spans have neither the server's address nor a destination in their names: tell them with
/// [`with_facts`](Self::with_facts) and [`with_templates`](Self::with_templates).
pub struct TracedSubscriber {
    subscriber: Subscriber,
    tracers: ServerTracers,
    subjects: ReceivedSubjects,
}

settings!(TracedSubscriber, tracers);
received_templates!(TracedSubscriber, subjects);

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
        polled.map(|message| {
            Some(self.tracers.now().received(FromSubject::of(message?, self.subjects.clone())))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.subscriber.size_hint()
    }
}

impl IntoTraced<Nats> for Subscriber {
    type Traced = TracedSubscriber;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        let tracers = ServerTracers::unknown(tracer);
        TracedSubscriber { subscriber: self, tracers, subjects: ReceivedSubjects::UNKNOWN }
    }
}

impl fmt::Debug for TracedSubscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedSubscriber").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}
