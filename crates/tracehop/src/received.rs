//! A message that was got, with the context it carried.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::time::SystemTime;

use crate::{
    ClientTracer, CreationContext, Extracted, Inbound, MessagingSystem, Outcome, Problems, ProcessSpan,
};

/// A client's message plus its creation context. It derefs to the client's message.
///
/// Got from a wrapped consumer or stream, or from [`MessagingTracer::receive`](crate::MessagingTracer::receive).
///
/// # Spans
///
/// Each `process` method makes one span of kind CONSUMER around the handler. It links to the creation context, and its
/// parent is as [`Correlation`](crate::Correlation) says. Inside it the message's baggage is current; baggage that was
/// current before is replaced if the message has any. The handler's own result comes back unchanged.
pub struct Received<M, S> {
    message: M,
    extracted: Extracted,
    client: ClientTracer<S>,
}

impl<M, S: MessagingSystem> Received<M, S> {
    pub(crate) fn new(message: M, extracted: Extracted, client: ClientTracer<S>) -> Self {
        Self { message, extracted, client }
    }

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
    pub fn inbound(&self) -> &M {
        &self.message
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.message
    }

    /// The same with another form of the message, an owned one for a task of its own.
    pub fn map<N>(self, f: impl FnOnce(M) -> N) -> Received<N, S> {
        Received { message: f(self.message), extracted: self.extracted, client: self.client }
    }
}

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// Runs a handler inside the span of processing this message.
    ///
    /// The span starts when the future is first polled, and ends as its output says.
    ///
    /// # Cancel safety
    ///
    /// As for [`ProcessSpan::run`]: a handler that is dropped or panics leaves a span that says so.
    pub async fn process<F>(&self, handler: F) -> F::Output
    where
        F: Future<Output: Outcome>,
    {
        self.start_process().run(handler).await
    }

    /// [`process`](Self::process) for a handler that takes the message with it, into another task for one:
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

    /// Starts the span of processing this message, for handlers that no `process` method fits.
    pub fn start_process(&self) -> ProcessSpan {
        self.client.process(self)
    }

    pub(crate) fn is_too_old(&self) -> bool {
        let limit = self.client.tracer().policy().max_age;
        // A clock that runs ahead makes a message come from the future: that is not old.
        let age = || SystemTime::now().duration_since(self.message.sent_at()?).ok();
        limit.is_some_and(|limit| age().is_some_and(|age| age > limit))
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
