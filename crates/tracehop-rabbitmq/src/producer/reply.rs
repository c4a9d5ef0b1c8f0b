//! Replies to requests.

use std::io;

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Result};
use tracehop::Received;

use super::forward::taken;
use crate::RabbitMq;
use crate::channel::TracedChannel;
use crate::consumer::QueueMessage;
use crate::system::NoReplyTo;

impl TracedChannel {
    /// Replies to a request: publishes to its `reply_to`, through the default exchange, inside its trace.
    ///
    /// The reply has the correlation id of the request, or else its message id, unless `properties` have one. The span is below
    /// that of processing the request, although that may have ended. If publisher confirms are on, this waits for the confirm,
    /// and it is an error if the broker did not take the reply. A requester that waits no more is no error: nobody is told.
    ///
    /// ```
    /// # use lapin::BasicProperties;
    /// # use lapin::options::BasicAckOptions;
    /// # use tracehop_rabbitmq::{TracedChannel, TracedDelivery};
    /// # async fn price(of: &[u8]) -> Result<Vec<u8>, lapin::Error> { Ok(b"9.99".to_vec()) }
    /// async fn answer(channel: &TracedChannel, request: TracedDelivery) -> lapin::Result<()> {
    ///     let answer = async {
    ///         let price = price(&request.data).await?;
    ///         channel.reply(&request, &price, BasicProperties::default()).await
    ///     };
    ///     request.process(answer).await?;
    ///     request.ack(BasicAckOptions::default()).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// AMQP has no replies that are errors: agree on one with those who ask, for example a header.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_publish`](lapin::Channel::basic_publish) and its confirm. A reply that the broker did not take is
    /// an I/O error, and so is a request without `reply_to`, to which nothing is sent.
    ///
    /// # Cancel safety
    ///
    /// As for [`basic_publish`](Self::basic_publish).
    pub async fn reply<M: QueueMessage>(
        &self,
        request: &Received<M, RabbitMq>,
        payload: &[u8],
        properties: BasicProperties,
    ) -> Result<()> {
        let asked = &request.delivery().properties;
        let Some(reply_to) = asked.reply_to().clone().filter(|to| !to.as_str().is_empty()) else {
            return Err(io::Error::other(NoReplyTo).into());
        };
        let own = properties.correlation_id().as_ref();
        let properties = match asked.correlation_id().as_ref().or(asked.message_id().as_ref()) {
            Some(id) if own.is_none() => properties.with_correlation_id(id.clone()),
            _ => properties,
        };
        let options = BasicPublishOptions::default();
        let sent = async {
            self.basic_publish("".into(), reply_to.clone(), options, payload, properties).await?.await
        };
        taken(request.follow_up(sent).await?, "", reply_to.as_str())
    }
}
