//! Messages that know their subscription.

use std::fmt;
use std::ops::Deref;

use async_nats::Message;
use tracehop::{Carrier, Describe, Inbound};

use crate::describe::IncomingMessage;
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// A client's message that came through a subscription, whose subject it knows. It derefs to the client's message.
///
/// The wrappers yield such messages. For a message that no wrapper got, [`new`](Self::new) says what its subscription was:
///
/// ```
/// use tracehop_nats::{FromSubject, MessagingTracer, Received};
///
/// # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
/// # async fn f(message: async_nats::Message) -> Result<(), String> {
/// let order = MessagingTracer::global().receive(FromSubject::new(message, "orders.*"));
/// order.process(handle(&order.payload)).await
/// # }
/// ```
#[derive(Clone)]
pub struct FromSubject<M> {
    // No field of it may hide one of the client's.
    inner: M,
    pub(crate) subjects: ReceivedSubjects,
}

impl<M> FromSubject<M> {
    /// A message that a subscription to `subject` got, which may have wildcards.
    ///
    /// A subject that has none is the name of the destination in span names; one that has them is the template of the
    /// destination. A message of which neither is known has only the attribute `messaging.destination.name`, because the
    /// sender chose its subject.
    pub fn new(message: M, subject: &str) -> Self {
        Self::of(message, ReceivedSubjects::of(subject))
    }

    pub(crate) fn of(inner: M, subjects: ReceivedSubjects) -> Self {
        Self { inner, subjects }
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.inner
    }
}

impl Inbound<Nats> for FromSubject<Message> {
    fn info(&self) -> impl Describe + '_ {
        IncomingMessage { message: &self.inner, subjects: &self.subjects }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.inner)
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
        f.debug_struct("FromSubject").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}
