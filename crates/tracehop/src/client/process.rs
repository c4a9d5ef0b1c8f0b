//! Processing one message.

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use pin_project_lite::pin_project;

use super::message_span::{MessageSpan, handled_failure};
use super::process_future::ProcessFuture;
use super::process_span::ProcessSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::context::processing::{self, Ids};
use crate::message::{Describe, Inbound, InternedStr, MessagingSystem, OperationKind};
use crate::observe::Headers;
use crate::operation::{ErrorNames, Failure, OkValue, Outcome, Parent, decide};
use crate::semconv;

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// Runs a handler inside the span of processing this message.
    ///
    /// The span starts when the future is first polled, and ends as its output says.
    ///
    /// # Cancel safety
    ///
    /// As for [`ProcessSpan::run`]: a handler that is dropped or panics leaves a span that says so.
    pub fn process<F>(&self, handler: F) -> Process<'_, M, S, F>
    where
        F: Future<Output: Outcome>,
    {
        Process { received: Some(self), run: ProcessFuture::new(None, handler) }
    }

    /// [`process`](Self::process), and if the handler fails `fallback` inside the same span, which takes care of the failure:
    /// it sends the message to dead letters, for example. If it succeeds the span has not failed, and has an event
    /// `tracehop.failure_handled` with the handler's error. What is returned is as of [`Result::or_else`].
    ///
    /// The handler's result has one level: that of `timeout(limit, handler)` does not compile, because the fallback would not
    /// be called for the inner error. Put the timeout around `process_or`.
    ///
    /// # Errors
    ///
    /// The error of `fallback`, which is the span's error too.
    ///
    /// ```compile_fail,E0080
    /// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
    /// # use tracehop::MessagingTracer;
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter(MemoryHeaders);
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// # let letter = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let nested = tokio::spawn(async { Err::<(), String>("no stamp".into()) });
    /// // The letter would be lost without a word: the fallback is for a task that panicked, and not for its error.
    /// letter.process_or(nested, |_| async { Ok::<_, String>(Ok(())) }).await;
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// As for [`process`](Self::process).
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
    /// async fn handle(_: &Letter) -> Result<(), String> { Err("no stamp".into()) }
    /// async fn return_to_sender(_: &Letter, reason: String) -> Result<(), std::io::Error> { Ok(()) }
    ///
    /// let handled = letter.process_or(handle(&letter), |reason| return_to_sender(&letter, reason)).await;
    /// assert!(handled.is_ok());
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn process_or<T, E, X, F, R>(&self, handler: F, fallback: impl FnOnce(E) -> R) -> Result<T, X>
    where
        T: OkValue,
        E: Display + 'static,
        X: Display + 'static,
        F: Future<Output = Result<T, E>>,
        R: Future<Output = Result<T, X>>,
    {
        const { assert_one_level::<T>() };
        let tried = async {
            let error = match handler.await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let names = ErrorNames::of::<S>(self.client.tracer().error_types());
            let event = Context::map_current(|cx| {
                let span = cx.span();
                // Without a span of processing the current one is somebody else's.
                let is_own = processing::is_handler_of(span.span_context().span_id());
                (is_own && span.is_recording()).then(|| handled_failure(&Failure::of(&error), &names))
            });
            let result = fallback(error).await;
            if let (None, Some(attributes)) = (result.failure(), event) {
                Context::map_current(|cx| {
                    cx.span().add_event(semconv::TRACEHOP_FAILURE_HANDLED, attributes);
                });
            }
            result
        };
        self.start_process().run(tried).await
    }

    /// [`process`](Self::process) for a handler that takes the message with it, for example into another task:
    /// `tokio::spawn(order.process_owned(|order| async move { .. }))`.
    pub async fn process_owned<H, F>(self, handler: H) -> F::Output
    where
        H: FnOnce(Self) -> F,
        F: Future<Output: Outcome>,
    {
        let span = self.start_process();
        let future = span.in_scope(|| handler(self));
        span.run(future).await
    }

    /// [`process`](Self::process) for a handler that blocks.
    pub fn process_blocking<T: Outcome>(&self, handler: impl FnOnce() -> T) -> T {
        let span = self.start_process();
        let output = span.in_scope(handler);
        span.finish(&output);
        output
    }

    /// [`process_or`](Self::process_or) for a handler and a fallback that block.
    ///
    /// # Errors
    ///
    /// The error of `fallback`, which is the span's error too.
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
    /// # let letter = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
    /// # fn return_to_sender(_: &Letter, reason: std::num::ParseIntError) -> Result<u32, String> { Ok(0) }
    /// let stamps = letter.process_blocking_or(|| "seven".parse(), |reason| return_to_sender(&letter, reason));
    /// assert_eq!(stamps, Ok(0));
    /// ```
    pub fn process_blocking_or<T, E, X>(
        &self,
        handler: impl FnOnce() -> Result<T, E>,
        fallback: impl FnOnce(E) -> Result<T, X>,
    ) -> Result<T, X>
    where
        T: OkValue,
        E: Display + 'static,
        X: Display + 'static,
    {
        const { assert_one_level::<T>() };
        let mut span = self.start_process();
        let error = match span.in_scope(handler) {
            Ok(value) => {
                let result = Ok(value);
                span.finish(&result);
                return result;
            }
            Err(error) => error,
        };
        let names = ErrorNames::of::<S>(self.client.tracer().error_types());
        let event = span.is_recording().then(|| handled_failure(&Failure::of(&error), &names));
        let result = span.in_scope(|| fallback(error));
        if let (None, Some(attributes)) = (result.failure(), event) {
            span.add_event(semconv::TRACEHOP_FAILURE_HANDLED, attributes);
        }
        span.finish(&result);
        result
    }

    /// Starts the span of processing this message, for handlers that no `process` method fits.
    pub fn start_process(&self) -> ProcessSpan {
        let creation = self.creation();
        let tracer = self.client.tracer();
        let current = tracer.current();
        let is_current = current.span().span_context().is_valid();
        // What another propagator finds beside the span goes into the handler's context too.
        let base = if current.has_active_span() || !self.is_trusted() {
            current.clone()
        } else {
            tracer.propagator().others_on(current.clone(), || self.message.carrier())
        };
        let base = creation.values_on(base);
        let messages = Ids::One(self.id());
        if tracer.should_skip() {
            // No span: the message's context passes through to what the handler sends.
            let cx = if is_current || !self.is_trusted() { base } else { creation.remote_on(base) };
            return ProcessSpan::new(
                MessageSpan::noop_in(cx),
                messages,
                tracer.handler_scope(S::NAME, false, || self.label()),
            );
        }
        let kind = OperationKind::Process;
        let message = self.message.info();
        let client = &self.client;
        let route = Route::find(&client.client, kind, S::operation_name(kind), &message.destination());
        let situation = self.situation(kind, current.span().span_context(), route.policy.max_age);
        let mut plan = decide(&route.policy, situation);
        let headers: Headers<'_> = &|f| f(&self.message.carrier());
        client.filter(&mut plan, &route, &message, headers, &base);
        let start = OperationStart {
            message: &message,
            plan: &plan,
            // With the message's baggage, for samplers that look at it.
            parent: &self.parent(&plan, &base),
            base: Some(&base),
            links: self.links(&plan, &current),
            since: None,
            headers,
        };
        let mut span = client.start(&route, &start);
        let scope = tracer.handler_scope(S::NAME, span.is_recording(), || route.label.clone());
        route.keep();
        span.run_in_if_absent(|| {
            // Without an SDK what is current goes before what the message carried.
            let passes_creation = if plan.makes_span { !is_current } else { plan.parent == Parent::Creation };
            if passes_creation && self.is_trusted() { creation.remote_on(base) } else { base }
        });
        if let Some(problems) = self.problems().attribute() {
            span.set_attributes(vec![problems]);
        }
        if tracer.explains() && span.is_recording() {
            span.add_event(semconv::TRACEHOP_EXTRACTED, self.explain().attributes());
        }
        if let Some(by) = span.folded() {
            let by = if self.is_trusted() { by } else { by.distrusting() };
            self.remember(&by);
            tracer.handled().processed(messages.as_slice(), &by);
        }
        ProcessSpan::new(span, messages, scope)
    }

    /// What of the destination is of low cardinality.
    #[cold]
    fn label(&self) -> Option<InternedStr> {
        let kind = OperationKind::Process;
        let destination = self.message.info();
        let route =
            Route::find(&self.client.client, kind, S::operation_name(kind), &destination.destination());
        let label = route.label.clone();
        route.keep();
        label
    }
}

/// A fallback is called for one level of errors: an inner one would pass it by.
const fn assert_one_level<T: OkValue>() {
    assert!(
        !T::IS_RESULT,
        "a fallback is called for one level of errors: put the timeout around `process_or`, or make one `Result` of the two"
    );
}

pin_project! {
    /// The future of [`Received::process`].
    ///
    /// It is no `async fn`: that would have room for the handler twice.
    #[must_use = "futures do nothing unless polled"]
    pub struct Process<'a, M, S, F> {
        // `None` once the span has started.
        received: Option<&'a Received<M, S>>,
        #[pin]
        run: ProcessFuture<F>,
    }
}

impl<M: Inbound<S>, S: MessagingSystem, F: Future<Output: Outcome>> Future for Process<'_, M, S, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if let Some(received) = this.received.take() {
            this.run.as_mut().start(received.start_process());
        }
        this.run.poll(task)
    }
}

impl<M, S, F> fmt::Debug for Process<'_, M, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("run", &self.run).finish_non_exhaustive()
    }
}
