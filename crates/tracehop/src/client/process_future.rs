//! The future of a handler that runs inside its span.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::process_span::ProcessSpan;
use crate::operation::Outcome;

pin_project! {
    /// The future of [`ProcessSpan::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ProcessFuture<F> {
        // Taken when the span ends.
        span: Option<ProcessSpan>,
        #[pin]
        future: F,
    }

    impl<F> PinnedDrop for ProcessFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(span) = this.project().span.take() {
                span.interrupt("cancelled", "the handler was dropped before it was done");
            }
        }
    }
}

impl<F> ProcessFuture<F> {
    pub(super) fn new(span: ProcessSpan, future: F) -> Self {
        Self { span: Some(span), future }
    }
}

impl<F: Future<Output: Outcome>> Future for ProcessFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut guard = EndOnPanic(this.span.take());
        let polled = match &guard.0 {
            Some(span) => span.in_scope(|| this.future.poll(task)),
            // Polled after completion: forward the call; the inner future decides how to react.
            None => this.future.poll(task),
        };
        *this.span = guard.0.take();
        let output = ready!(polled);
        if let Some(span) = this.span.take() {
            span.finish(&output);
        }
        Poll::Ready(output)
    }
}

/// Ends the span if polling unwinds. A look at `thread::panicking` would also see somebody else's panic, in whose
/// destructor this is polled.
struct EndOnPanic(Option<ProcessSpan>);

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            span.interrupt("panic", "the handler panicked");
        }
    }
}

impl<F> fmt::Debug for ProcessFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessFuture").field("span", &self.span).finish_non_exhaustive()
    }
}
