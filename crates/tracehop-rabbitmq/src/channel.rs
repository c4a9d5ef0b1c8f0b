//! The traced `Channel`.

use std::fmt;
use std::ops::Deref;

use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions,
    BasicRejectOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Result};
use tracehop::{ClientFacts, ClientTracer, IntoTraced, MessagingTracer};

use crate::producer::start_publish;
use crate::settle::start_by_tag;
use crate::settlement::Settlement;
use crate::{FromQueue, RabbitMq, TracedBasicGetMessage, TracedConfirm, TracedConsumer};

/// A [`Channel`] whose messages carry context. Cheap to clone: clones share the client.
///
/// It has the channel's own methods: those that handle messages are traced, all others (`queue_declare`, `basic_qos`,
/// `tx_commit`, …) are reached through `Deref`. Results come back untouched. Code that is given the [`Channel`] itself,
/// as `&*channel`, makes no spans and writes no context.
///
/// ```no_run
/// # use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
/// # use lapin::{BasicProperties, Connection};
/// use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
///
/// # async fn f(connection: Connection) -> lapin::Result<()> {
/// let tracer = MessagingTracer::global();
/// let channel = connection.create_channel().await?.traced(&tracer);
/// channel.confirm_select(ConfirmSelectOptions::default()).await?;
/// let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
/// channel.basic_publish("".into(), "orders".into(), options, b"{}", properties).await?.await?;
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `publish {destination}`, kind PRODUCER, see [`basic_publish`](Self::basic_publish); `receive {destination}`, kind
/// CLIENT, see [`basic_get`](Self::basic_get); `ack`, `nack` and `reject`, kind CLIENT, for settlements by
/// delivery tag, which know no destination. For the spans of consumed messages see [`TracedConsumer`] and
/// [`FromQueue`](crate::FromQueue).
#[derive(Clone)]
pub struct TracedChannel {
    channel: Channel,
    client: ClientTracer<RabbitMq>,
}

impl TracedChannel {
    fn new(channel: Channel, tracer: &MessagingTracer, facts: ClientFacts) -> Self {
        Self { channel, client: ClientTracer::new(tracer, facts) }
    }

    /// The same channel, with facts for its spans that lapin does not tell: for example the broker's address.
    ///
    /// ```no_run
    /// # use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
    /// use tracehop::ClientFacts;
    ///
    /// # fn f(channel: lapin::Channel, tracer: &MessagingTracer) {
    /// let facts = ClientFacts::default().server("rabbit-1", 5672).client_id("checkout-1");
    /// let channel = channel.traced(tracer).with_facts(facts);
    /// # }
    /// ```
    #[must_use]
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        Self::new(self.channel, self.client.tracer(), facts)
    }

    /// The client's own channel.
    pub fn inner(&self) -> &Channel {
        &self.channel
    }

    /// The client's own channel back.
    pub fn into_inner(self) -> Channel {
        self.channel
    }

    /// [`Channel::basic_publish`]. The span is a child of the current one, and its context goes into the headers.
    ///
    /// If publisher confirms are on, the span ends when the returned [`TracedConfirm`] is done. Otherwise it ends here,
    /// when the message has been handed to the connection.
    ///
    /// Context that does not fit into the message's header frame is left out, baggage first, and the span has an event
    /// that says so. The message is sent in any case.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_publish`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is done, the span ends as `abandoned`. The message may have been sent.
    pub async fn basic_publish(
        &self,
        exchange: ShortString,
        routing_key: ShortString,
        options: BasicPublishOptions,
        payload: &[u8],
        properties: BasicProperties,
    ) -> Result<TracedConfirm> {
        let (span, properties) = start_publish(
            &self.client,
            &self.channel,
            (exchange.as_str(), routing_key.as_str()),
            payload,
            properties,
        );
        let confirms = self.channel.status().confirm();
        match self.channel.basic_publish(exchange, routing_key, options, payload, properties).await {
            Ok(confirm) => Ok(TracedConfirm::new(confirm, span, confirms)),
            Err(error) => span.finish_with(|| Err(error)),
        }
    }

    /// [`Channel::basic_consume`]. Each delivery comes with its context.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_consume`].
    pub async fn basic_consume(
        &self,
        queue: ShortString,
        consumer_tag: ShortString,
        options: BasicConsumeOptions,
        arguments: FieldTable,
    ) -> Result<TracedConsumer> {
        let consumer = self.channel.basic_consume(queue, consumer_tag, options, arguments).await?;
        Ok(TracedConsumer::new(consumer, self.client.clone()))
    }

    /// [`Channel::basic_get`]. The message comes with its context.
    ///
    /// A message makes a span `receive {destination}` if the tracer makes
    /// [receive spans](tracehop::MessagingTracerBuilder::receive_spans). An empty queue makes no span.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_get`].
    pub async fn basic_get(
        &self,
        queue: ShortString,
        options: BasicGetOptions,
    ) -> Result<Option<TracedBasicGetMessage>> {
        let clock = self.client.start_receive();
        let message = self.channel.basic_get(queue.clone(), options).await?;
        Ok(message
            .map(|message| self.client.received_since(FromQueue::new(message, queue, &self.client), clock)))
    }

    /// [`Channel::basic_ack`]. The span is a child of the current span.
    ///
    /// If there is no current span, no span is created: a delivery tag does not identify the message.
    /// [`FromQueue::ack`](crate::FromQueue::ack) knows the message.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_ack`].
    pub async fn basic_ack(&self, delivery_tag: u64, options: BasicAckOptions) -> Result<()> {
        let span = start_by_tag(&self.client, Settlement::ack(options), delivery_tag);
        span.finish_after(self.channel.basic_ack(delivery_tag, options)).await
    }

    /// [`Channel::basic_nack`]; spans as for [`basic_ack`](Self::basic_ack).
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_nack`].
    pub async fn basic_nack(&self, delivery_tag: u64, options: BasicNackOptions) -> Result<()> {
        let span = start_by_tag(&self.client, Settlement::nack(options), delivery_tag);
        span.finish_after(self.channel.basic_nack(delivery_tag, options)).await
    }

    /// [`Channel::basic_reject`]; spans as for [`basic_ack`](Self::basic_ack).
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_reject`].
    pub async fn basic_reject(&self, delivery_tag: u64, options: BasicRejectOptions) -> Result<()> {
        let span = start_by_tag(&self.client, Settlement::reject(options), delivery_tag);
        span.finish_after(self.channel.basic_reject(delivery_tag, options)).await
    }
}

impl IntoTraced<RabbitMq> for Channel {
    type Traced = TracedChannel;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedChannel::new(self, tracer, ClientFacts::default())
    }
}

impl Deref for TracedChannel {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

impl fmt::Debug for TracedChannel {
    /// Leaves the channel out, because it may print returned messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedChannel")
            .field("id", &self.channel.id())
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
