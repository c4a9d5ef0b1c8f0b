//! What is done about a message after it was processed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use pin_project_lite::pin_project;

use super::received::Received;
use crate::context::handled::{Handling, ProcessedBy};
use crate::context::processing::{self, Ids};
use crate::message::{Inbound, MessagingSystem};

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// Runs what follows from this message after its handler, below the span in which it was processed, although that has
    /// ended: a retry, a dead letter, a message to somebody else. The message's baggage is current. The output comes back
    /// unchanged.
    ///
    /// The span is remembered for the last few thousand messages. If the message was not processed, or if that is forgotten,
    /// what is sent belongs below the message's creation context.
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
    pub fn follow_up<F: Future>(&self, future: F) -> FollowUp<F> {
        FollowUp { context: self.follow_up_context(), messages: Ids::One(self.id()), future: Some(future) }
    }

    /// [`follow_up`](Self::follow_up) for what blocks.
    pub fn follow_up_blocking<T>(&self, f: impl FnOnce() -> T) -> T {
        in_scope(&self.follow_up_context(), &Ids::One(self.id()), f)
    }

    /// The span in which this message was processed, if that is known.
    fn processed_by(&self) -> Option<ProcessedBy> {
        let handled = || self.client.tracer().handled().find(self.id()).and_then(Handling::processed);
        self.process.get().map(|by| **by).or_else(handled)
    }

    fn follow_up_context(&self) -> Context {
        let creation = self.creation();
        let current = Context::current();
        match self.processed_by() {
            // It goes on inside of the handler, or below a span of the handler's.
            Some(by) if by.is_in(current.span().span_context().trace_id()) => creation.values_on(current),
            Some(by) => creation.values_on(current).with_remote_span_context(by.span_context(creation)),
            // Its handler runs for so long that the span is no longer remembered.
            None if processing::is_processing(creation) => creation.values_on(current),
            None => creation.on(current),
        }
    }
}

pin_project! {
    /// The future of [`Received::follow_up`].
    #[must_use = "futures do nothing unless polled"]
    pub struct FollowUp<F> {
        context: Context,
        messages: Ids,
        // `None` only while this is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for FollowUp<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            in_scope(this.context, this.messages, || future.set(None));
        }
    }
}

impl<F: Future> Future for FollowUp<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        in_scope(this.context, this.messages, || future.poll(task))
    }
}

fn in_scope<T>(context: &Context, messages: &Ids, f: impl FnOnce() -> T) -> T {
    let _processing = processing::enter(messages.clone());
    let _active = context.clone().attach();
    f()
}

impl<F> fmt::Debug for FollowUp<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowUp").finish_non_exhaustive()
    }
}
