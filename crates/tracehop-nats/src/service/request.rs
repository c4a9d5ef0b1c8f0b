//! Requests to a service, and their replies.

use std::fmt::{self, Display};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use async_nats::service::Request;
use async_nats::service::error::Error;
use async_nats::{HeaderMap, PublishError, PublishErrorKind};
use bytes::Bytes;
use opentelemetry::KeyValue;
use tracehop::{
    Carrier, Describe, Destination, Failure, Inbound, MessageInfo, MessageSpan, OkValue, Outcome, Received,
    semconv,
};

use crate::carrier::NatsHeadersMut;
use crate::consumer::FromSubject;
use crate::describe::IncomingMessage;
use crate::producer::forwarded;
use crate::system::Nats;

/// A service's [`Request`] with the context it carried. It derefs to [`Received`], and so to the client's request.
///
/// Its `process` methods are those of [`Received`], except that a reply which says that the service failed is a failure too,
/// whether the handler or the fallback gives it. [`start_process`](Received::start_process) cannot know of it: end its span
/// with [`replied_error`](Self::replied_error).
///
/// A reply belongs below the span in which the request was processed, also when that has ended.
pub struct TracedRequest {
    received: Received<FromSubject<Request>, Nats>,
    /// The error that was replied. It is shared, because a handler may take the request with it.
    refusal: Arc<OnceLock<Error>>,
}

impl TracedRequest {
    pub(super) fn new(received: Received<FromSubject<Request>, Nats>) -> Self {
        Self { received, refusal: Arc::default() }
    }

    /// [`Request::respond`]: the reply carries the context of its own span.
    ///
    /// # Errors
    ///
    /// As for [`Request::respond`].
    pub async fn respond(&self, response: Result<Bytes, Error>) -> Result<(), PublishError> {
        self.respond_with_headers(response, HeaderMap::new()).await
    }

    /// [`Request::respond_with_headers`]: the reply carries the context of its own span.
    ///
    /// # Errors
    ///
    /// As for [`Request::respond_with_headers`].
    pub async fn respond_with_headers(
        &self,
        response: Result<Bytes, Error>,
        headers: HeaderMap,
    ) -> Result<(), PublishError> {
        if let Err(error) = &response {
            let _ = self.refusal.set(error.clone());
        }
        let mut traced = Some(headers.clone());
        let mut span = self.start_reply(response.as_ref().map_or(0, Bytes::len), &mut traced);
        let request = self.received.message();
        let traced = traced.unwrap_or_default();
        let adds = traced != headers;
        let mut result = request.respond_with_headers(response.clone(), traced).await;
        let too_large = |error: &PublishError| error.kind() == PublishErrorKind::MaxPayloadExceeded;
        // Only the request's client knows how much the server takes, so the reply with headers is tried first.
        if adds && result.as_ref().is_err_and(too_large) {
            let reason = "the reply would be larger than the server's max_payload";
            let reason = KeyValue::new(semconv::TRACEHOP_REASON, reason);
            span.add_event(semconv::TRACEHOP_HEADER_REFUSED, vec![reason]);
            result = request.respond_with_headers(response, headers).await;
        }
        span.finish(&result);
        result
    }

    fn start_reply(&self, payload: usize, headers: &mut Option<HeaderMap>) -> MessageSpan {
        let reply = self.received.message.reply.as_deref();
        let destination = reply.map_or(Destination::none(), |reply| Destination::named(reply).temporary());
        let info = MessageInfo::to(destination).body_size(payload);
        let send = || self.received.client_tracer().send(&info, &mut NatsHeadersMut(headers));
        self.received.follow_up_blocking(send)
    }

    /// The first error that was replied to this request, for the end of a span that [`start_process`](Received::start_process)
    /// made.
    ///
    /// ```no_run
    /// use async_nats::service::error::Error;
    /// use tracehop_nats::{Failure, TracedRequest};
    ///
    /// # async fn f(request: TracedRequest, price: Result<bytes::Bytes, Error>) {
    /// let span = request.start_process();
    /// let result = request.respond(price).await;
    /// match request.replied_error() {
    ///     Some(error) => span.fail(Failure::of(error)),
    ///     None => span.finish(&result.map_err(|error| error.to_string())),
    /// }
    /// # }
    /// ```
    pub fn replied_error(&self) -> Option<&Error> {
        self.refusal.get()
    }

    /// [`Received::process`].
    pub async fn process<F>(&self, handler: F) -> F::Output
    where
        F: Future<Output: Outcome>,
    {
        self.received.process(answering(handler, Arc::clone(&self.refusal))).await.output
    }

    /// [`Received::process_or`]. An error that the fallback replies is a failure too: it says that the service failed.
    ///
    /// # Errors
    ///
    /// As for [`Received::process_or`].
    pub async fn process_or<T, E, X, F, R>(&self, handler: F, fallback: impl FnOnce(E) -> R) -> Result<T, X>
    where
        T: OkValue,
        E: Display + 'static,
        X: Display + 'static,
        F: Future<Output = Result<T, E>>,
        R: Future<Output = Result<T, X>>,
    {
        let handler = async { handler.await.map(|output| self.answered(output)) };
        let fallback = async |error| fallback(error).await.map(|output| self.answered(output));
        self.received.process_or(handler, fallback).await.map(|answered| answered.output)
    }

    /// [`Received::process_owned`].
    pub async fn process_owned<H, F>(self, handler: H) -> F::Output
    where
        H: FnOnce(Self) -> F,
        F: Future<Output: Outcome>,
    {
        let span = self.received.start_process();
        let refusal = Arc::clone(&self.refusal);
        let handler = span.in_scope(|| handler(self));
        span.run(answering(handler, refusal)).await.output
    }

    /// [`Received::process_blocking`].
    pub fn process_blocking<T: Outcome>(&self, handler: impl FnOnce() -> T) -> T {
        self.received.process_blocking(|| self.answered(handler())).output
    }

    /// [`Received::process_blocking_or`]. An error that the fallback replies is a failure too: it says that the service failed.
    ///
    /// # Errors
    ///
    /// As for [`Received::process_blocking_or`].
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
        let handler = || handler().map(|output| self.answered(output));
        let fallback = |error| fallback(error).map(|output| self.answered(output));
        self.received.process_blocking_or(handler, fallback).map(|answered| answered.output)
    }

    fn answered<T>(&self, output: T) -> Answered<T> {
        Answered { output, refusal: Arc::clone(&self.refusal) }
    }

    /// The client's own request back.
    pub fn into_inner(self) -> Request {
        self.received.into_inner().into_inner()
    }
}

/// The output of a handler, and the error it replied: either is a failure.
struct Answered<T> {
    output: T,
    refusal: Arc<OnceLock<Error>>,
}

async fn answering<F: Future>(handler: F, refusal: Arc<OnceLock<Error>>) -> Answered<F::Output> {
    Answered { output: handler.await, refusal }
}

impl<T: Outcome> Outcome for Answered<T> {
    fn failure(&self) -> Option<Failure<'_>> {
        self.output.failure().or_else(|| self.refusal.get().map(Failure::of))
    }
}

impl<T: OkValue> OkValue for Answered<T> {
    const IS_RESULT: bool = T::IS_RESULT;

    fn inner_failure(&self) -> Option<Failure<'_>> {
        self.output.inner_failure().or_else(|| self.refusal.get().map(Failure::of))
    }
}

impl Deref for TracedRequest {
    type Target = Received<FromSubject<Request>, Nats>;

    fn deref(&self) -> &Self::Target {
        &self.received
    }
}

impl fmt::Debug for TracedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TracedRequest").field(&self.received).finish()
    }
}

/// A request that was received without a wrapper.
impl Inbound<Nats> for Request {
    fn info(&self) -> impl Describe + '_ {
        self.message.info()
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.message)
    }
}

impl Inbound<Nats> for FromSubject<Request> {
    fn info(&self) -> impl Describe + '_ {
        IncomingMessage { message: &self.message, subjects: &self.subjects }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.message)
    }
}

forwarded!(Request, |request| (request.message.headers.as_ref(), &request.message.payload));
forwarded!(FromSubject<Request>, |request| (request.message.headers.as_ref(), &request.message.payload));
