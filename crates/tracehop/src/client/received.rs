//! A message that was got, with the context it carried.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::client_tracer::ClientTracer;
use crate::context::CreationContext;
use crate::message::{Inbound, MessagingSystem, OperationKind};
use crate::observe::Links;
use crate::operation::{Parent, Plan, Presence, Situation};
use crate::propagation::{Extracted, Problems};

/// A client's message plus its creation context. It derefs to the client's message.
///
/// It comes from a wrapped consumer or stream, or from [`MessagingTracer::receive`](crate::MessagingTracer::receive).
///
/// # Spans
///
/// Each `process` method makes one span of kind CONSUMER around the handler. It links to the creation context, and its
/// parent is as [`Correlation`](crate::Correlation) says. Inside it the message's baggage is current; baggage that was
/// current before is replaced if the message has any. The handler's own result comes back unchanged.
pub struct Received<M, S> {
    pub(super) message: M,
    pub(super) extracted: Extracted,
    pub(super) client: ClientTracer<S>,
}

impl<M, S: MessagingSystem> Received<M, S> {
    /// The context that travelled with the message.
    pub fn creation(&self) -> &CreationContext {
        &self.extracted.creation
    }

    /// What was wrong with the message's context headers.
    pub fn problems(&self) -> Problems {
        self.extracted.problems
    }

    /// The tracer of the client that got the message.
    pub fn client_tracer(&self) -> &ClientTracer<S> {
        &self.client
    }

    /// The client's message.
    pub fn message(&self) -> &M {
        &self.message
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.message
    }

    /// The same with another form of the message, for example an owned one for a task of its own.
    pub fn map<N>(self, f: impl FnOnce(M) -> N) -> Received<N, S> {
        Received { message: f(self.message), extracted: self.extracted, client: self.client }
    }

    /// The context of the parent that was chosen for a span about this message.
    #[inline]
    pub(super) fn parent<'a>(&self, plan: &Plan, current: &'a Context) -> Cow<'a, Context> {
        match plan.parent {
            // Nobody will look at the parent of a span that is not made.
            _ if !plan.makes_span => Cow::Borrowed(current),
            Parent::Current | Parent::Root => Cow::Borrowed(current),
            Parent::Creation => Cow::Owned(current.with_remote_span_context(self.creation().span_context())),
        }
    }

    /// The links that were chosen for a span about this message.
    #[inline]
    pub(super) fn links<'a>(&'a self, plan: &Plan, current: &'a Context) -> Links<'a> {
        Links::Few {
            creation: plan.links_creation.then(|| self.creation()),
            current: plan.links_current.then_some(current),
        }
    }
}

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// What is known when an operation on this message starts.
    #[inline]
    pub(super) fn situation(
        &self,
        kind: OperationKind,
        current: &SpanContext,
        max_age: Option<Duration>,
    ) -> Situation {
        let creation = self.creation();
        Situation {
            kind,
            current: Presence::of(current),
            creation: Presence::new(creation.is_valid(), creation.is_sampled()),
            is_too_old: max_age.is_some_and(|limit| self.is_older_than(limit)),
            is_processing: false,
        }
    }

    #[cold]
    fn is_older_than(&self, limit: Duration) -> bool {
        // A clock that runs ahead makes a message come from the future: that is not old.
        let age = || SystemTime::now().duration_since(self.message.sent_at()?).ok();
        age().is_some_and(|age| age > limit)
    }
}

impl<M, S> Deref for Received<M, S> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

impl<M: Clone, S> Clone for Received<M, S> {
    fn clone(&self) -> Self {
        Self { message: self.message.clone(), extracted: self.extracted.clone(), client: self.client.clone() }
    }
}

impl<M, S> fmt::Debug for Received<M, S> {
    /// Leaves the client's message out: it may print payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("creation", &self.extracted.creation).finish_non_exhaustive()
    }
}
