//! Requests and their replies.

use async_nats::{HeaderMap, Message, Request, RequestError, ToSubject};
use bytes::Bytes;
use opentelemetry::trace::Link;
use tracehop::{CreationContext, Failure, MessageSpan, Received};

use crate::carrier::first;
use crate::client::TracedClient;
use crate::system::{Nats, REQUEST, error_type_of_reply};

impl TracedClient {
    /// [`Client::request`](async_nats::Client::request), the reply with its context: the service's span.
    ///
    /// # Errors
    ///
    /// As for [`Client::request`](async_nats::Client::request).
    pub async fn request<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> Result<Received<Message, Nats>, RequestError> {
        self.send_request(subject, Request::new().payload(payload)).await
    }

    /// [`Client::request_with_headers`](async_nats::Client::request_with_headers), the reply with its context.
    ///
    /// # Errors
    ///
    /// As for [`Client::request_with_headers`](async_nats::Client::request_with_headers).
    pub async fn request_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Received<Message, Nats>, RequestError> {
        self.send_request(subject, Request::new().headers(headers).payload(payload)).await
    }

    /// [`Client::send_request`](async_nats::Client::send_request), the reply with its context.
    ///
    /// If the reply says that the service failed, the span fails too, although the client returns such a reply like any
    /// other.
    ///
    /// # Errors
    ///
    /// As for [`Client::send_request`](async_nats::Client::send_request).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits for the reply, the request was sent and the span ends as `abandoned`.
    pub async fn send_request<S: ToSubject>(
        &self,
        subject: S,
        mut request: Request,
    ) -> Result<Received<Message, Nats>, RequestError> {
        let subject = subject.to_subject();
        let payload = request.payload.as_ref().map_or(0, Bytes::len);
        let span = self.tracer.start(REQUEST, &subject, &mut request.headers, payload);
        let result = self.inner().send_request(subject, request).await;
        let result = result.map(|reply| self.tracer.operations.now().received(reply));
        finish_request(span, &result);
        result
    }
}

fn finish_request(mut span: MessageSpan, result: &Result<Received<Message, Nats>, RequestError>) {
    // A service may send the headers of the request back.
    let is_of_another =
        |reply: &CreationContext| reply.is_valid() && reply.span_id() != span.span_context().span_id();
    if let Ok(reply) = result
        && is_of_another(reply.creation())
    {
        span.add_link(Link::with_context(reply.creation().span_context()));
    }
    let headers = result.as_ref().ok().and_then(|reply| reply.headers.as_ref());
    let header = |name| headers.and_then(|headers| first(headers, name));
    match (header("Nats-Service-Error-Code"), header("Nats-Service-Error")) {
        (None, None) => span.finish(result),
        (code, description) => {
            span.fail(Failure::new(error_type_of_reply(code), &description.unwrap_or_default()));
        }
    }
}
