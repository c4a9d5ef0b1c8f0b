//! The operation around a handler.

use std::fmt;
use std::future::Future;
use std::sync::LazyLock;

use opentelemetry::trace::{Link, SpanContext, SpanId};
use opentelemetry::{Context, Key, KeyValue, Value};

use super::message_span::MessageSpan;
use super::process_future::ProcessFuture;
use crate::bridge::HandlerScope;
use crate::context::processing::{self, Ids};
use crate::operation::{Failure, Outcome};

/// The operation around the handling of one message, with its span if there is one.
///
/// [`Received::process`](crate::Received::process) makes and ends one. Make one yourself where that does not fit. It ends
/// exactly once. If it is dropped, it is marked `abandoned`, or `panic` if the thread is unwinding.
///
/// ```
/// use tracehop::{MemoryHeaders, MessagingTracer};
/// # use tracehop::{Carrier, Describe, Destination, Inbound, MessageInfo, MessagingSystem};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
/// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
/// # }
///
/// let received = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
/// let span = received.start_process();
/// let result: Result<(), String> = span.in_scope(|| Err("no stamp".into()));
/// span.finish(&result);
/// ```
#[must_use = "the operation ends, marked as abandoned, when this is dropped"]
pub struct ProcessSpan {
    /// Before the span: it is closed first.
    scope: HandlerScope,
    span: MessageSpan,
    messages: Ids,
}

impl ProcessSpan {
    /// The operation of processing `messages`.
    #[inline]
    pub(super) fn new(span: MessageSpan, messages: Ids, scope: HandlerScope) -> Self {
        Self { scope, span, messages }
    }

    /// The context for the handler: this span, and the message's baggage. Without an SDK it holds the message's creation
    /// context, so that what the handler sends passes it on.
    ///
    /// Prefer [`run`](Self::run) and [`in_scope`](Self::in_scope) to attaching it: they also tell sends which message is
    /// being processed.
    #[inline]
    pub fn context(&self) -> &Context {
        static EMPTY: LazyLock<Context> = LazyLock::new(Context::new);
        // There is one in whatever `start_process` makes.
        self.span.slot().context().unwrap_or_else(|| &EMPTY)
    }

    /// The span's own context; an invalid one if there is no span.
    pub fn span_context(&self) -> SpanContext {
        self.span.span_context()
    }

    /// Whether attributes set now will be seen by anyone.
    pub fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    /// Sets an attribute, if the span records: anything that OpenTelemetry takes.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.span.set_attribute(key, value);
    }

    /// Adds an event, if the span records.
    pub fn add_event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        self.span.add_event(name, attributes);
    }

    /// Adds a link, if the span records: for example to the span of another message that the handler needs.
    pub fn add_link(&mut self, link: Link) {
        self.span.add_link(link);
    }

    /// Runs `future` inside the span, which ends as its output says. The output comes back unchanged.
    ///
    /// # Cancel safety
    ///
    /// The context is active only while `future` is polled and while it is dropped: what its destructors send belongs to the
    /// message too. If the returned future is dropped before it is done (by a timeout, `select!` or `break`) the span ends with
    /// `error.type` `cancelled`; if it panics, with `panic`.
    pub fn run<F>(self, future: F) -> ProcessFuture<F>
    where
        F: Future<Output: Outcome>,
    {
        ProcessFuture::new(Some(self), future)
    }

    /// Runs `f` inside the span, which goes on afterwards.
    #[inline]
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        // First, because a layer of `tracing` may make a context of its own current: ours is the one that holds.
        let _entered = self.scope.enter(self.context());
        let _processing = processing::enter(
            self.messages.clone(),
            self.span.slot().with_span_context(|own| own.map_or(SpanId::INVALID, SpanContext::span_id)),
        );
        let _active = self.context().clone().attach();
        f()
    }

    /// Ends the span as the result says.
    #[inline]
    pub fn finish(mut self, outcome: &impl Outcome) {
        self.conclude(outcome);
    }

    /// Says that a failure was taken care of, so that the operation has not failed: the message was sent to dead letters, for
    /// example. The span gets an event `tracehop.failure_handled` with the failure's `error.type`, and goes on.
    /// [`Received::process_or`](crate::Received::process_or) does so by itself.
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
    /// use tracehop::Failure;
    ///
    /// # let letter = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
    /// let mut span = letter.start_process();
    /// if let Err(error) = "seven".parse::<u32>() {
    ///     // .. the letter goes back to its sender
    ///     span.failure_handled(&Failure::of(&error));
    /// }
    /// span.finish(&());
    /// ```
    pub fn failure_handled(&mut self, failure: &Failure<'_>) {
        self.span.add_handled_failure(failure);
    }

    /// Ends the span as the result says; nothing is done if it has ended.
    #[inline]
    pub(super) fn conclude(&mut self, outcome: &impl Outcome) {
        self.scope.close();
        self.span.conclude(outcome.failure().as_ref());
    }

    /// Ends the span as failed.
    pub fn fail(mut self, failure: Failure<'_>) {
        self.scope.close();
        self.span.fail(failure);
    }

    /// Ends an operation that did not come to its end by itself; nothing is done if it has ended.
    pub(super) fn interrupt(&mut self, error_type: &'static str, description: &'static str) {
        self.scope.close();
        self.span.interrupt(error_type, description);
    }
}

impl fmt::Debug for ProcessSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessSpan").field(&self.span).finish()
    }
}
