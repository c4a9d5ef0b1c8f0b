//! Publishing several messages with one call.

use std::future::Future;

use lapin::{Confirmation, Result};

use super::outgoing_message::OutgoingMessage;
use super::published_batch::PublishedBatch;
use crate::channel::TracedChannel;

impl TracedChannel {
    /// Publishes several messages, in this order, and waits for the broker's answers to all of them. The results are in the order
    /// of the messages.
    ///
    /// lapin publishes one message at a time: this calls [`Channel::basic_publish`](lapin::Channel::basic_publish) for each of
    /// them. If publisher confirms are on, all confirms are on their way at once. Without confirms each result is
    /// [`Confirmation::NotRequested`], and tells only that the message was handed to the connection.
    ///
    /// A message that fails does not stop the others. What was published does not depend on tracing.
    ///
    /// ```
    /// # use lapin::options::BasicPublishOptions;
    /// use tracehop_rabbitmq::{OutgoingMessage, TracedChannel};
    ///
    /// /// Gives back those that the broker did not take. Confirms are on.
    /// async fn publish(channel: &TracedChannel, orders: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    ///     let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    ///     let messages =
    ///         orders.iter().map(|order| OutgoingMessage::new("", "orders", order).with_options(mandatory));
    ///     let results = channel.publish_all(messages).await;
    ///     let is_taken = |result: &lapin::Result<_>| matches!(result, Ok(lapin::Confirmation::Ack(None)));
    ///     orders.into_iter().zip(&results).filter(|(_, result)| !is_taken(result)).map(|(order, _)| order).collect()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Each message has its own result: as for [`basic_publish`](Self::basic_publish) and its confirm. If the channel is gone, each
    /// has the error that says so. A message that the broker returned is in its confirmation, as with lapin, and always in that of
    /// its own publish: where the broker answers several publishes at once, lapin may hand it to another one of them. Only a message
    /// that was published by another call on this channel at the same time may still be in a confirmation of this one.
    ///
    /// # Spans
    ///
    /// `publish {destination}`, kind CLIENT, for the call, and below it `create {destination}`, kind PRODUCER, for each message,
    /// whose context the message carries: see [`BatchSend`](tracehop::BatchSend). The span of a message ends as that of a single
    /// publish does: with the broker's answer, which may be `nack` or `no-route`, or without confirms when the message was handed
    /// to the connection. No messages make no span.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is done, the span of the call ends as `abandoned`, and so does that of the message that was
    /// about to be handed to the connection, which may have been sent. Messages before it were sent: their confirms are dropped,
    /// see [`TracedConfirm`](crate::TracedConfirm). Messages after it were not sent, and have no spans.
    pub fn publish_all<'m>(
        &self,
        messages: impl IntoIterator<Item = OutgoingMessage<'m>>,
    ) -> impl Future<Output = Vec<Result<Confirmation>>> + Send {
        self.publish_each(messages.into_iter().collect())
    }

    async fn publish_each(&self, messages: Vec<OutgoingMessage<'_>>) -> Vec<Result<Confirmation>> {
        self.dropped.end_answered();
        let mut batch = PublishedBatch::new(&self.client, &self.templates, &self.dropped, &messages);
        for (place, message) in messages.into_iter().enumerate() {
            batch.publish(&self.channel, &self.templates, place, message).await;
        }
        batch.answers().await
    }
}
