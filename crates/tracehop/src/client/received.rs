//! A message that was got, with the context it carried.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::client_tracer::ClientTracer;
use crate::context::process_record::FoldedSpan;
use crate::context::processing::Id;
use crate::context::{CreationContext, ProcessRecord};
use crate::message::{Detach, Inbound, MessagingSystem, OperationKind};
use crate::observe::Links;
use crate::operation::{Local, OkValue, Parent, Plan, Presence, Situation};
use crate::propagation::{ExtractReport, Extracted, Problems, Trust};

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
    /// The span in which it was processed last.
    pub(super) process: ProcessRecord,
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

    /// The same with a message that borrows from no client, for another task: the trace goes with it.
    ///
    /// ```
    /// # use tracehop::{Carrier, Describe, Destination, Detach, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
    /// # use tracehop::MessagingTracer;
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # #[derive(Clone)]
    /// # struct Letter(MemoryHeaders);
    /// # struct InBox<'a>(&'a Letter);
    /// # impl Inbound<Mail> for InBox<'_> {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0.0 }
    /// # }
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// # impl Detach<Mail> for InBox<'_> {
    /// #     type Owned = Letter;
    /// #     fn detach(self) -> Letter { self.0.clone() }
    /// # }
    /// # let tracer = MessagingTracer::global();
    /// # let letter = Letter(MemoryHeaders::new());
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # let handled = runtime.block_on(async {
    /// let letter = tracer.receive::<Mail, _>(InBox(&letter)).detach();
    /// let handled = tokio::spawn(letter.process_owned(|letter| async move { Ok::<_, String>(()) }));
    /// # handled.await
    /// # });
    /// # assert!(handled.is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn detach(self) -> Received<M::Owned, S>
    where
        M: Detach<S>,
    {
        self.map(M::detach)
    }

    /// The same with another form of the message, for example an owned one for a task of its own.
    pub fn map<N>(self, f: impl FnOnce(M) -> N) -> Received<N, S> {
        let Self { message, extracted, client, process } = self;
        Received { message: f(message), extracted, client, process }
    }

    /// Whether its context may do more than be linked.
    #[inline]
    pub(super) fn is_trusted(&self) -> bool {
        self.client.tracer().trust() == Trust::Full
    }

    /// The context of the parent that was chosen for a span about this message.
    #[inline]
    pub(super) fn parent<'a>(&self, plan: &Plan, current: &'a Context) -> Cow<'a, Context> {
        match plan.parent {
            // Nobody will look at the parent of a span that is not made.
            _ if !plan.makes_span => Cow::Borrowed(current),
            Parent::Current | Parent::Root | Parent::Process => Cow::Borrowed(current),
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
    /// Which message it is.
    #[inline]
    pub(super) fn id(&self) -> Id {
        if self.is_trusted() {
            Id::of(self.creation())
        } else {
            self.client.tracer().propagator().content(&self.message.carrier()).id()
        }
    }

    /// What was found in the headers, taken of them or not, and why. It reads them once more.
    pub fn explain(&self) -> ExtractReport {
        self.client.tracer().explain(&self.message.carrier())
    }

    /// The context of the origin of a [`CloudEvents`](crate::Format::CloudEvents) event; that of the hop is
    /// [`creation`](Self::creation). [`CreationContext::NONE`] if there is none, or if the source is not trusted.
    pub fn origin(&self) -> CreationContext {
        if self.is_trusted() {
            self.client.tracer().propagator().origin(&self.message.carrier())
        } else {
            CreationContext::NONE
        }
    }

    /// Remembers the span in which this message is processed.
    #[inline]
    pub(super) fn remember(&self, by: &FoldedSpan) {
        self.process.set(by);
        if let Some(record) = self.message.process_record() {
            record.set(by);
        }
    }

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
            is_only_linked: !self.is_trusted() || max_age.is_some_and(|limit| self.is_older_than(limit)),
            local: Local::Unknown,
            is_batch: false,
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

/// A handler that took the message with it may give it back.
impl<M, S> OkValue for Received<M, S> {}

impl<M: Clone, S> Clone for Received<M, S> {
    fn clone(&self) -> Self {
        Self {
            message: self.message.clone(),
            extracted: self.extracted.clone(),
            client: self.client.clone(),
            process: self.process.clone(),
        }
    }
}

impl<M, S> fmt::Debug for Received<M, S> {
    /// Leaves the client's message out: it may print payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("creation", &self.extracted.creation).finish_non_exhaustive()
    }
}
