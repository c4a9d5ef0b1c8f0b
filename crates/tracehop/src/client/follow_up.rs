//! What is done about a message after it was processed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt};
use pin_project_lite::pin_project;

use super::forward::Forwarding;
use super::received::Received;
use super::route::Route;
use crate::context::handled::Handling;
use crate::context::process_record::ProcessedBy;
use crate::context::processing::{self, Ids};
use crate::message::{Describe, Inbound, MessagingSystem, OperationKind};
use crate::operation::{Parent, decide};

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// Runs what follows from this message after its handler, below the span in which it was processed, although that has
    /// ended: a retry, a dead letter, a message to somebody else. The message's baggage is current. The output comes back
    /// unchanged.
    ///
    /// The message itself knows that span. If it was not processed, what is sent belongs below its creation context, unless the
    /// [`Correlation`](crate::Correlation) or the [maximal age](crate::MessagingTracerBuilder::max_age) is against it.
    ///
    /// # Cancel safety
    ///
    /// It is as cancel-safe as `future`.
    ///
    /// ```
    /// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
    /// # use tracehop::MessagingTracer;
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter(MemoryHeaders);
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// # let letter = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
    /// # async fn handle(_: &Letter) -> Result<(), String> { Err("no stamp".into()) }
    /// # async fn return_to_sender(_: &Letter) -> bool { true }
    /// let handled = letter.process(handle(&letter)).await;
    /// if handled.is_err() {
    ///     let returned = letter.follow_up(return_to_sender(&letter)).await;
    ///     assert!(returned);
    /// }
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn follow_up<F: Future>(&self, future: F) -> FollowUp<'_, M, S, F> {
        FollowUp { received: self, scope: None, forwards: false, future: Some(future) }
    }

    /// [`follow_up`](Self::follow_up) for sending this message on: the span of the send says, as `tracehop.message.attempts`, how
    /// many attempts the message has had by then, which is what [`forward_headers`](Self::forward_headers) says of the copy. For
    /// adapters' `forward`, and for clients that no adapter wraps.
    pub fn forwarding<F: Future>(&self, send: F) -> FollowUp<'_, M, S, F> {
        FollowUp { received: self, scope: None, forwards: true, future: Some(send) }
    }

    /// [`forwarding`](Self::forwarding) for a send that blocks.
    pub fn forwarding_blocking<T>(&self, send: impl FnOnce() -> T) -> T {
        self.scope_of(true).run(send)
    }

    /// [`follow_up`](Self::follow_up) for what blocks.
    pub fn follow_up_blocking<T>(&self, f: impl FnOnce() -> T) -> T {
        self.scope().run(f)
    }

    /// The span in which this message was processed, if that is known.
    pub(super) fn processed_by(&self) -> Option<ProcessedBy> {
        let handled = || self.client.tracer().handled().find(self.id()).and_then(Handling::processed);
        self.process.get().or_else(handled)
    }

    fn scope_of(&self, forwards: bool) -> Scope {
        let mut scope = self.scope();
        if forwards {
            let creation = self.creation();
            // Of a batch's handler it is one of many.
            let is_own = |by: ProcessedBy| !processing::is_handler_of(by.span_id());
            let is_one_of_many = creation.is_valid()
                && processing::is_processing_with_others(self.id())
                && !self.processed_by().is_some_and(is_own);
            let link = is_one_of_many.then(|| creation.span_context());
            scope.context = scope.context.with_value(Forwarding { attempts: self.attempts_after(), link });
        }
        scope
    }

    fn scope(&self) -> Scope {
        let creation = self.creation();
        let current = self.client.tracer().current();
        let messages = Ids::One(self.id());
        match self.processed_by() {
            // It goes on inside of the handler, or below a span of the handler's.
            Some(by) if self.is_handled_here(by, &current) => {
                Scope { context: creation.values_on(current), messages, span: by.span_id() }
            }
            Some(by) => {
                let context = creation.values_on(current).with_remote_span_context(by.span_context(creation));
                Scope { context, messages, span: by.span_id() }
            }
            None => {
                // Without a span the message's context passes, whatever the policy says of spans.
                let makes_no_span =
                    || self.client.tracer().source().should_skip() || current.is_telemetry_suppressed();
                let context = if self.is_continued(&current) || self.is_trusted() && makes_no_span() {
                    creation.on(current)
                } else {
                    creation.values_on(current)
                };
                Scope { context, messages, span: SpanId::INVALID }
            }
        }
    }

    /// Whether this is a part of handling the message. Another handler of it may have begun meanwhile, and have written down its
    /// span.
    fn is_handled_here(&self, by: ProcessedBy, current: &Context) -> bool {
        let creation = self.creation();
        current.span().span_context().is_valid()
            && (processing::is_handler_of(by.span_id())
                || creation.is_valid() && processing::is_processing_alone(self.id()))
    }

    /// Whether a span of processing this message would be a child of its creation context.
    fn is_continued(&self, current: &Context) -> bool {
        let kind = OperationKind::Process;
        let route = Route::find(
            &self.client.client,
            kind,
            S::operation_name(kind),
            &self.message.info().destination(),
        );
        let situation = self.situation(kind, current.span().span_context(), route.policy.max_age);
        let is_continued = decide(&route.policy, situation).parent == Parent::Creation;
        route.keep();
        is_continued
    }
}

/// What holds while something runs that follows from a message.
struct Scope {
    context: Context,
    messages: Ids,
    /// The span in which the message was processed, invalid if it was not.
    span: SpanId,
}

impl Scope {
    fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        let _processing = processing::enter(self.messages.clone(), self.span);
        let _active = self.context.clone().attach();
        f()
    }
}

pin_project! {
    /// The future of [`Received::follow_up`].
    #[must_use = "futures do nothing unless polled"]
    pub struct FollowUp<'a, M, S, F>
    where
        M: Inbound<S>,
        S: MessagingSystem,
    {
        received: &'a Received<M, S>,
        forwards: bool,
        // Found when this is first polled: until then the message may be processed.
        scope: Option<Scope>,
        // `None` only while this is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<M, S, F> PinnedDrop for FollowUp<'_, M, S, F>
    where
        M: Inbound<S>,
        S: MessagingSystem,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let (mut future, received, forwards) = (this.future, *this.received, *this.forwards);
            this.scope.get_or_insert_with(|| received.scope_of(forwards)).run(|| future.set(None));
        }
    }
}

impl<M: Inbound<S>, S: MessagingSystem, F: Future> Future for FollowUp<'_, M, S, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let (received, forwards) = (*this.received, *this.forwards);
        this.scope.get_or_insert_with(|| received.scope_of(forwards)).run(|| future.poll(task))
    }
}

impl<M: Inbound<S>, S: MessagingSystem, F> fmt::Debug for FollowUp<'_, M, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowUp").field("received", self.received).finish_non_exhaustive()
    }
}
