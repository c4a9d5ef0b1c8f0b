//! The future of a handler that runs inside its span.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::process_span::ProcessSpan;
use crate::operation::Outcome;

pin_project! {
    /// The future of [`ProcessSpan::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ProcessFuture<F> {
        // `None` until it starts.
        span: Option<ProcessSpan>,
        // `None` only while this is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for ProcessFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            if let Some(span) = this.span {
                let guard = InterruptOnDrop(span, CANCELLED);
                // What the handler's destructors send belongs to the message too.
                guard.0.in_scope(|| future.set(None));
            }
        }
    }
}

const CANCELLED: Interruption = ("cancelled", "the handler was dropped before it was done");
const PANICKED: Interruption = ("panic", "the handler panicked");

/// An error type, and what it means.
type Interruption = (&'static str, &'static str);

impl<F> ProcessFuture<F> {
    pub(super) fn new(span: Option<ProcessSpan>, future: F) -> Self {
        Self { span, future: Some(future) }
    }

    /// Gives it the span, if it was made without.
    pub(super) fn start(self: Pin<&mut Self>, span: ProcessSpan) {
        *self.project().span = Some(span);
    }
}

impl<F: Future<Output: Outcome>> Future for ProcessFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (Some(future), Some(span)) = (this.future.as_pin_mut(), this.span) else { return Poll::Pending };
        let polled = {
            // A look at `thread::panicking` would also see somebody else's panic, in whose destructor this is polled.
            let guard = InterruptOnDrop(span, PANICKED);
            let polled = guard.0.in_scope(|| future.poll(task));
            // Polled after completion: the inner future decided how to react, and the span has ended.
            mem::forget(guard);
            polled
        };
        let output = ready!(polled);
        span.conclude(&output);
        Poll::Ready(output)
    }
}

/// Ends the span when this is dropped, if it has not ended.
struct InterruptOnDrop<'a>(&'a mut ProcessSpan, Interruption);

impl Drop for InterruptOnDrop<'_> {
    fn drop(&mut self) {
        let Self(span, (error_type, description)) = self;
        span.interrupt(error_type, description);
    }
}

impl<F> fmt::Debug for ProcessFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessFuture").field("span", &self.span).finish_non_exhaustive()
    }
}
