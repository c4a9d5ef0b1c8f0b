//! The span around a handler, and the future that runs in it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Poll, ready};

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;
use pin_project_lite::pin_project;

use crate::processing::{self, Ids};
use crate::{AttributeValue, Failure, MessageSpan, Outcome};

/// The span around the handling of one message.
///
/// [`Received::process`](crate::Received::process) makes and ends one; take it in hand where that does not fit. It ends
/// exactly once; dropped, it is marked `abandoned`, or `panic` if the thread is unwinding.
///
/// ```
/// use tracehop::{MemoryHeaders, MessagingTracer};
/// # use tracehop::{Carrier, Destination, Inbound, MessageInfo, MessagingSystem};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> MessageInfo<'_> { MessageInfo::to(Destination::named("inbox")) }
/// #     fn headers(&self) -> impl Carrier + '_ { &self.0 }
/// # }
///
/// let received = MessagingTracer::global().receive::<Mail, _>(Letter(MemoryHeaders::new()));
/// let span = received.start_process();
/// let result: Result<(), String> = span.in_scope(|| Err("no stamp".into()));
/// span.finish(&result);
/// ```
#[must_use = "the span ends, marked as abandoned, when this is dropped"]
pub struct ProcessSpan {
    span: MessageSpan,
    cx: Context,
    messages: Ids,
}

impl ProcessSpan {
    pub(crate) fn new(span: MessageSpan, cx: Context, messages: Ids) -> Self {
        Self { span, cx, messages }
    }

    /// The context for the handler: this span, and the message's baggage. Without an SDK it holds the message's creation
    /// context, so that what the handler sends passes it on.
    ///
    /// Prefer [`run`](Self::run) and [`in_scope`](Self::in_scope) to attaching it: they also tell sends which message is
    /// being processed.
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// The span's own context; an invalid one if there is no span.
    pub fn span_context(&self) -> SpanContext {
        self.span.span_context()
    }

    /// Whether attributes set now will be seen by anyone.
    pub fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    /// Sets an attribute, if the span records.
    pub fn set_attribute(&mut self, key: &'static str, value: AttributeValue<'_>) {
        self.span.set_attribute(key, value);
    }

    /// Runs `future` inside the span, which ends as its output says. The output comes back unchanged.
    ///
    /// # Cancel safety
    ///
    /// The context is active only while `future` is polled. If the returned future is dropped before it is done (by a
    /// timeout, `select!` or `break`) the span ends with `error.type` `cancelled`; if it panics, with `panic`.
    pub fn run<F>(self, future: F) -> Run<F>
    where
        F: Future<Output: Outcome>,
    {
        Run { span: Some(self), future }
    }

    /// Runs `f` inside the span, which goes on afterwards.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _processing = processing::enter(self.messages.clone());
        let _active = self.cx.clone().attach();
        f()
    }

    /// Ends the span as the result says.
    pub fn finish(self, outcome: &impl Outcome) {
        self.span.finish(outcome);
    }

    /// Ends the span as failed.
    pub fn fail(self, failure: Failure<'_>) {
        self.span.fail(failure);
    }
}

impl fmt::Debug for ProcessSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessSpan").field(&self.span).finish()
    }
}

pin_project! {
    /// The future of [`ProcessSpan::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<F> {
        // Taken when the span ends.
        span: Option<ProcessSpan>,
        #[pin]
        future: F,
    }

    impl<F> PinnedDrop for Run<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(mut process) = this.project().span.take() {
                process.span.interrupt("cancelled", "the handler was dropped before it was done");
            }
        }
    }
}

impl<F: Future<Output: Outcome>> Future for Run<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut guard = EndOnPanic(this.span.take());
        let polled = match &guard.0 {
            Some(process) => process.in_scope(|| this.future.poll(task)),
            // Polled again after it was done: the future says what that means.
            None => this.future.poll(task),
        };
        *this.span = guard.0.take();
        let output = ready!(polled);
        if let Some(process) = this.span.take() {
            process.finish(&output);
        }
        Poll::Ready(output)
    }
}

/// Ends the span if polling unwinds. A look at `thread::panicking` would also see somebody else's panic, in whose
/// destructor this is polled.
struct EndOnPanic(Option<ProcessSpan>);

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if let Some(mut process) = self.0.take() {
            process.span.interrupt("panic", "the handler panicked");
        }
    }
}

impl<F> fmt::Debug for Run<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("span", &self.span).finish_non_exhaustive()
    }
}
