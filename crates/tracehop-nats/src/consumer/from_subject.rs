//! Messages that know their subscription.

use std::fmt;
use std::ops::Deref;

use async_nats::Message;
use tracehop::{Carrier, Describe, Inbound};

use crate::describe::IncomingMessage;
use crate::subject::SubjectPattern;
use crate::system::Nats;

/// A client's message that came through a subscription, whose pattern it knows. It derefs to the client's message.
#[derive(Clone)]
pub struct FromSubject<M> {
    // No field of it may hide one of the client's.
    inner: M,
    pub(crate) pattern: SubjectPattern,
}

impl<M> FromSubject<M> {
    pub(crate) fn new(inner: M, pattern: SubjectPattern) -> Self {
        Self { inner, pattern }
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.inner
    }
}

impl Inbound<Nats> for FromSubject<Message> {
    fn info(&self) -> impl Describe + '_ {
        IncomingMessage { message: &self.inner, pattern: &self.pattern }
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
        f.debug_struct("FromSubject").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}
