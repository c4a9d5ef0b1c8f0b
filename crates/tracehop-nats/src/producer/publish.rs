//! Publishes of core NATS.

use async_nats::message::OutboundMessage;
use async_nats::{HeaderMap, PublishError, Subject, ToSubject};
use bytes::Bytes;

use crate::client::TracedClient;

impl TracedClient {
    /// [`Client::publish`](async_nats::Client::publish).
    ///
    /// # Errors
    ///
    /// As for [`Client::publish`](async_nats::Client::publish).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits for a place in the client's queue, the message is not sent and the span ends
    /// as `abandoned`. The same holds for the other forms.
    pub async fn publish<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<(), PublishError> {
        self.send_parts(subject.to_subject(), None, None, payload).await
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
        self.send_parts(subject.to_subject(), None, Some(headers), payload).await
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
        self.send_parts(subject.to_subject(), Some(reply.to_subject()), None, payload).await
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
        self.send_parts(subject.to_subject(), Some(reply.to_subject()), Some(headers), payload).await
    }

    fn send_parts(
        &self,
        subject: Subject,
        reply: Option<Subject>,
        headers: Option<HeaderMap>,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> {
        self.send(OutboundMessage { subject, reply, payload, headers })
    }

    pub(super) async fn send(&self, mut message: OutboundMessage) -> Result<(), PublishError> {
        let span = self.start_publish(&mut message);
        span.finish_after(self.pass_on(message)).await
    }

    /// Calls the client's method for this form of a message: the one that takes a whole message does not check the reply
    /// subject.
    pub(super) async fn pass_on(&self, message: OutboundMessage) -> Result<(), PublishError> {
        let client = self.inner();
        let OutboundMessage { subject, reply, payload, headers } = message;
        match (reply, headers) {
            (None, None) => client.publish(subject, payload).await,
            (None, Some(headers)) => client.publish_with_headers(subject, headers, payload).await,
            (Some(reply), None) => client.publish_with_reply(subject, reply, payload).await,
            (Some(reply), Some(headers)) => {
                client.publish_with_reply_and_headers(subject, reply, headers, payload).await
            }
        }
    }
}
