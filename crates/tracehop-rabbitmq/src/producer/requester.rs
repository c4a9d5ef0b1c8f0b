//! Requests and their replies.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use lapin::message::Delivery;
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, PublisherConfirm, Result};
use opentelemetry::trace::Link;
use tracehop::{ClientTracer, MessageSpan, Templates};

use super::dropped_confirms::DroppedConfirms;
use super::publish::start_publish;
use crate::RabbitMq;
use crate::channel::TracedChannel;
use crate::consumer::{FromQueue, TracedDelivery};
use crate::replies::{PendingReply, REPLY_QUEUE, ReplyConsumer, RequestError};
use crate::system::REQUEST;

/// Sends requests over a channel, and gets their replies: RabbitMQ's [direct reply-to]. Cheap to clone: clones share the channel.
///
/// It comes from [`TracedChannel::requester`]. Any number of requests may be made at once. Replies find their requests by the
/// correlation id, in whichever order they come.
///
/// ```no_run
/// # use std::time::Duration;
/// # use lapin::BasicProperties;
/// # use tracehop_rabbitmq::TracedConnection;
/// # async fn f(connection: TracedConnection) -> Result<(), Box<dyn std::error::Error>> {
/// let prices = connection.create_channel().await?.requester().await?;
/// let timeout = tokio::time::sleep(Duration::from_secs(5));
/// let request = prices.request("".into(), "prices.get".into(), b"lamp", BasicProperties::default(), timeout);
/// let price = request.await?;
/// println!("{:?}, by the span {}", price.data, price.creation());
/// # Ok(())
/// # }
/// ```
///
/// No task has to drive it: lapin's own tasks bring the replies. When the last clone is dropped, its consumer is cancelled.
///
/// # Spans
///
/// `request {destination}`, kind PRODUCER, from the call until the reply, to whose creation context it links. Without a reply it
/// is an error: see [`RequestError`].
///
/// [direct reply-to]: https://www.rabbitmq.com/docs/direct-reply-to
#[derive(Clone)]
pub struct Requester {
    channel: Channel,
    client: ClientTracer<RabbitMq>,
    templates: Templates,
    dropped: Arc<DroppedConfirms>,
    consumer: Arc<ReplyConsumer>,
}

impl TracedChannel {
    /// Starts to consume replies on this channel, and returns what sends requests over it.
    ///
    /// The broker lets a channel have one consumer of replies, so all calls on clones of a channel share one. Give it a channel
    /// of its own: it turns [publisher confirms](Channel::confirm_select) on if they are off, which a channel with transactions
    /// refuses, and a consumer of this channel that does not acknowledge in time would end the requests too.
    ///
    /// # Errors
    ///
    /// As for [`Channel::confirm_select`] and [`Channel::basic_consume`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is done, the consumer is cancelled. Others who call this at the same time go on.
    pub async fn requester(&self) -> Result<Requester> {
        Ok(Requester {
            channel: self.channel.clone(),
            client: self.client.clone(),
            templates: self.templates.clone(),
            dropped: Arc::clone(&self.dropped),
            consumer: self.dropped.replies.consumer(&self.channel).await?,
        })
    }
}

impl Requester {
    /// Publishes a request, and waits for its reply, which comes with its context: the service's span.
    ///
    /// `timeout` ends the wait when it is done, for example `tokio::time::sleep(..)` or another runtime's timer. With
    /// `std::future::pending::<()>()` it waits as long as the channel lasts. A reply whose correlation id is not that of a
    /// request which waits is ignored, and so is one without an id. A reply that comes after `timeout` is thus ignored too, as
    /// long as its id is not used again.
    ///
    /// The property `reply_to` is set. So is `correlation_id`, unless the properties have one. An id of your own must never have
    /// been used for a request on this channel before, also not for one that has failed: a late reply to that one would be taken
    /// for the reply to this one. A service has to send the id back. A request is published as `mandatory`, so that one which no
    /// queue takes fails at once.
    ///
    /// The reply was delivered without the need to settle it: do not acknowledge it.
    ///
    /// # Errors
    ///
    /// Those of [`RequestError`]. If the channel or its connection ends, all requests fail at once. With lapin's automatic
    /// recovery requests are possible again after it; those that were on their way when the connection broke do not get their
    /// replies, and some of them fail no earlier than with their `timeout`, because lapin does not tell.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is done, the request may have been sent, and the span ends as `abandoned`.
    pub async fn request(
        &self,
        exchange: ShortString,
        routing_key: ShortString,
        payload: &[u8],
        properties: BasicProperties,
        timeout: impl Future,
    ) -> std::result::Result<TracedDelivery, RequestError> {
        self.take_answered();
        let id = properties.correlation_id().clone().unwrap_or_else(|| self.consumer.new_id());
        let properties = properties.with_reply_to(REPLY_QUEUE.into()).with_correlation_id(id.clone());
        let to = (exchange.as_str(), routing_key.as_str());
        let (span, properties) =
            start_publish(&self.channel, &self.templates, to, payload, properties, |message, headers| {
                self.client.send_as(REQUEST, message, headers)
            });
        let reply = async {
            let pending = self.consumer.replies.wait_for(id)?;
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let sent = async {
                self.consumer.recovered().await?;
                self.channel.basic_publish(exchange, routing_key, options, payload, properties).await
            };
            self.reply(&pending, pin!(sent), pin!(timeout)).await
        };
        let result = reply
            .await
            .map(|reply| self.client.received(FromQueue::new(reply, REPLY_QUEUE.into(), &self.client)));
        self.finish(span, &result);
        result
    }

    async fn reply(
        &self,
        pending: &PendingReply,
        mut sent: Pin<&mut impl Future<Output = Result<PublisherConfirm>>>,
        mut timeout: Pin<&mut impl Future>,
    ) -> std::result::Result<Delivery, RequestError> {
        let sent = poll_fn(|task| match sent.as_mut().poll(task) {
            Poll::Ready(sent) => Poll::Ready(sent.map_err(RequestError::Client)),
            Poll::Pending => timeout.as_mut().poll(task).map(|_| Err(RequestError::TimedOut)),
        });
        let mut confirm = Unconfirmed { confirm: Some(sent.await?), requester: self };
        poll_fn(|task| {
            let failed = confirm.poll_failed(task);
            // A reply counts that came although the publish was not confirmed.
            match (pending.poll(task), failed) {
                (Poll::Ready(reply), _) => Poll::Ready(reply),
                (Poll::Pending, Poll::Ready(error)) => Poll::Ready(Err(error)),
                (Poll::Pending, Poll::Pending) => {
                    timeout.as_mut().poll(task).map(|_| Err(RequestError::TimedOut))
                }
            }
        })
        .await
    }

    fn finish(&self, mut span: MessageSpan, result: &std::result::Result<TracedDelivery, RequestError>) {
        match result {
            Ok(reply) => {
                let reply = reply.creation().span_context();
                // A service may send the headers of the request back.
                if reply.is_valid() && reply.span_id() != span.span_context().span_id() {
                    span.add_link(Link::with_context(reply.clone()));
                }
            }
            Err(error @ RequestError::Client(_)) => {
                self.consumer.has_failed();
                // Only those who publish now are told. The replies to what was on its way are lost.
                if !self.channel.status().connected() {
                    self.consumer.replies.fail(error);
                }
            }
            Err(_) => {}
        }
        span.finish(result);
    }

    fn take_answered(&self) {
        for message in self.consumer.take_answered() {
            self.dropped.take_returned(message);
        }
    }
}

impl fmt::Debug for Requester {
    /// Leaves the channel out, because it may print returned messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requester")
            .field("channel", &self.channel.id())
            .field("client", &self.client)
            .field("templates", &self.templates)
            .field("consumer", &self.consumer)
            .finish_non_exhaustive()
    }
}

/// The broker's answer to the publish of a request.
struct Unconfirmed<'a> {
    /// There until it has come.
    confirm: Option<PublisherConfirm>,
    requester: &'a Requester,
}

impl Unconfirmed<'_> {
    /// Ready if there will be no reply.
    fn poll_failed(&mut self, task: &mut Context<'_>) -> Poll<RequestError> {
        let Some(confirm) = &mut self.confirm else { return Poll::Pending };
        let Poll::Ready(answer) = Pin::new(confirm).poll(task) else { return Poll::Pending };
        self.confirm = None;
        let confirmation = match answer {
            Ok(confirmation) => confirmation,
            Err(error) => return Poll::Ready(error.into()),
        };
        let is_nack = confirmation.is_nack();
        // It may be the message of another publish: lapin hands it to whichever confirm is answered next.
        if let Some(message) = confirmation.take_message() {
            self.requester.dropped.take_returned(message);
        }
        self.requester.take_answered();
        if is_nack { Poll::Ready(RequestError::NotTaken) } else { Poll::Pending }
    }
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        if let Some(confirm) = self.confirm.take() {
            self.requester.consumer.keep(confirm);
        }
    }
}
