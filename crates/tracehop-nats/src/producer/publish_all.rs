//! Several publishes of core NATS with one call.

use async_nats::PublishError;
use async_nats::message::OutboundMessage;

use super::PublishBatch;
use crate::client::TracedClient;

impl TracedClient {
    /// Publishes several messages, one after the other, and returns what became of each, in their order. The client has no such
    /// method of its own.
    ///
    /// A message that the client refuses, for example because it is too large, fails alone. If the client is gone, each of the
    /// rest fails with an error of its own. No messages do nothing.
    ///
    /// ```no_run
    /// use async_nats::message::OutboundMessage;
    /// use tracehop_nats::TracedClient;
    ///
    /// # async fn f(client: TracedClient) {
    /// let news = ["one", "two", "three"].map(|text| OutboundMessage {
    ///     subject: "news.eu".into(),
    ///     payload: text.into(),
    ///     reply: None,
    ///     headers: None,
    /// });
    /// let results = client.publish_all(news).await;
    /// assert_eq!(results.len(), 3);
    /// # }
    /// ```
    ///
    /// # Spans
    ///
    /// `publish {subject}`, kind CLIENT, for the call, and below it `create {subject}`, kind PRODUCER, for each message, whose
    /// context it carries. Each of those ends when its message is in the client's queue. What else there is to say of them says
    /// [`BatchSend`](tracehop::BatchSend).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits for a place in the client's queue, the messages before that one are sent, and
    /// their spans have ended. That message and those after it are not sent. Its span, and that of the call, end as
    /// `abandoned`; messages after it have no spans.
    pub async fn publish_all(
        &self,
        messages: impl IntoIterator<Item = OutboundMessage>,
    ) -> Vec<Result<(), PublishError>> {
        let messages: Vec<_> = messages.into_iter().collect();
        let subjects = messages.iter().map(|message| message.subject.as_str());
        let mut batch = PublishBatch::start(&self.tracer, subjects);
        let mut results = Vec::with_capacity(messages.len());
        for (place, mut message) in messages.into_iter().enumerate() {
            let OutboundMessage { subject, headers, payload, .. } = &mut message;
            let span = batch.add(place, subject, headers, payload.len());
            let result = span.finish_after(self.pass_on(message)).await;
            batch.done(place, &result);
            results.push(result);
        }
        batch.end();
        results
    }
}
