//! Sending: publishes and requests.

use async_nats::message::OutboundMessage;
use async_nats::{HeaderMap, Message, PublishError, Request, RequestError, Subject, ToSubject};
use bytes::Bytes;
use opentelemetry::trace::Link;
use tracehop::{CreationContext, Failure, MessageSpan, Received};

use crate::carrier::first;
use crate::describe::Outgoing;
use crate::{Nats, TracedClient};

impl TracedClient {
    /// [`Client::publish`](async_nats::Client::publish).
    ///
    /// # Errors
    ///
    /// As for [`Client::publish`](async_nats::Client::publish).
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits for a place in the client's queue, the message is not sent and the span ends as `abandoned`.
    /// So it is with the other forms.
    pub async fn publish<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<(), PublishError> {
        self.send(subject.to_subject(), None, None, payload).await
    }

    /// [`Client::publish_with_headers`](async_nats::Client::publish_with_headers).
    ///
    /// # Errors
    ///
    /// As for [`Client::publish_with_headers`](async_nats::Client::publish_with_headers).
    pub async fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), None, Some(headers), payload).await
    }

    /// [`Client::publish_with_reply`](async_nats::Client::publish_with_reply).
    ///
    /// # Errors
    ///
    /// As for [`Client::publish_with_reply`](async_nats::Client::publish_with_reply).
    pub async fn publish_with_reply<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), Some(reply.to_subject()), None, payload).await
    }

    /// [`Client::publish_with_reply_and_headers`](async_nats::Client::publish_with_reply_and_headers).
    ///
    /// # Errors
    ///
    /// As for [`Client::publish_with_reply_and_headers`](async_nats::Client::publish_with_reply_and_headers).
    pub async fn publish_with_reply_and_headers<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        self.send(subject.to_subject(), Some(reply.to_subject()), Some(headers), payload).await
    }

    async fn send(
        &self,
        subject: Subject,
        reply: Option<Subject>,
        headers: Option<HeaderMap>,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let mut message = OutboundMessage { subject, reply, payload, headers };
        let span = self.start_publish(&mut message);
        let result = self.forward(message).await;
        if let Some(span) = span {
            span.finish(&result);
        }
        result
    }

    /// Each method of the client, for what takes a message as a whole does not look at the reply's subject.
    async fn forward(&self, message: OutboundMessage) -> Result<(), PublishError> {
        let OutboundMessage { subject, reply, payload, headers } = message;
        match (reply, headers) {
            (None, None) => self.client.publish(subject, payload).await,
            (None, Some(headers)) => self.client.publish_with_headers(subject, headers, payload).await,
            (Some(reply), None) => self.client.publish_with_reply(subject, reply, payload).await,
            (Some(reply), Some(headers)) => {
                self.client.publish_with_reply_and_headers(subject, reply, headers, payload).await
            }
        }
    }

    pub(crate) fn start_publish(&self, message: &mut OutboundMessage) -> Option<MessageSpan> {
        self.tracer.publish(Outgoing {
            subject: &message.subject,
            headers: &mut message.headers,
            payload: message.payload.len(),
            max_payload: self.client.max_payload(),
        })
    }

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
    /// A reply by which a service says that it failed is a failure of the span, though the client takes it for a reply
    /// like any other.
    ///
    /// # Errors
    ///
    /// As for [`Client::send_request`](async_nats::Client::send_request).
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits for the reply, the span ends as `abandoned`; the request was sent.
    pub async fn send_request<S: ToSubject>(
        &self,
        subject: S,
        mut request: Request,
    ) -> Result<Received<Message, Nats>, RequestError> {
        let subject = subject.to_subject();
        let span = self.tracer.request(Outgoing {
            subject: &subject,
            headers: &mut request.headers,
            payload: request.payload.as_ref().map_or(0, Bytes::len),
            max_payload: self.client.max_payload(),
        });
        let result = self.client.send_request(subject, request).await;
        let result = result.map(|reply| self.tracer.client.received(reply));
        if let Some(span) = span {
            finish_request(span, &result);
        }
        result
    }
}

fn finish_request(mut span: MessageSpan, result: &Result<Received<Message, Nats>, RequestError>) {
    // A service may send the request's own headers back.
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
            // Anybody may have written it; a number is of low cardinality.
            let code = code.filter(|code| code.parse::<u32>().is_ok()).unwrap_or("_OTHER");
            span.fail(Failure::new(code.to_owned(), &description.unwrap_or_default()));
        }
    }
}
