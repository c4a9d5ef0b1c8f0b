//! The traced `Channel`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use lapin::message::{BasicReturnMessage, Delivery};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions,
    BasicRejectOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Result};
use tracehop::{ClientFacts, ClientTracer, Failure, IntoTraced, MessagingTracer, Received, Templates};

use crate::amqp_destination::AmqpDestination;
use crate::consumed_queues::ConsumedQueues;
use crate::producer::{DroppedConfirms, copy_of, hand_over, start_publish, taken};
use crate::settle::start_by_tag;
use crate::settlement::Settlement;
use crate::system::PUBLISH;
use crate::{
    FromQueue, OutgoingMessage, QueueMessage, RabbitMq, TracedBasicGetMessage, TracedConfirm, TracedConsumer,
};

/// A [`Channel`] whose messages carry context. Cheap to clone: clones share the client.
///
/// It has the channel's own methods: those that handle messages are traced, all others (`queue_declare`, `basic_qos`,
/// `tx_commit`, …) are reached through `Deref`. Results come back untouched. Code that is given the [`Channel`] itself,
/// as `&*channel`, makes no spans and writes no context.
///
/// It is made by a [`TracedConnection`](crate::TracedConnection), or of any channel:
///
/// ```no_run
/// # use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
/// # use lapin::{BasicProperties, Channel};
/// use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
///
/// # async fn f(channel: Channel) -> lapin::Result<()> {
/// let channel = channel.traced(&MessagingTracer::global());
/// channel.confirm_select(ConfirmSelectOptions::default()).await?;
/// let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
/// channel.basic_publish("".into(), "orders".into(), options, b"{}", properties).await?.await?;
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `publish {destination}`, kind PRODUCER, see [`basic_publish`](Self::basic_publish), and for several messages at once
/// [`publish_all`](Self::publish_all); `receive {destination}`, kind
/// CLIENT, see [`basic_get`](Self::basic_get); `ack {queue}`, `nack {queue}` and `reject {queue}`, kind CLIENT, for
/// settlements by delivery tag, see [`basic_ack`](Self::basic_ack). For the spans of consumed messages see [`TracedConsumer`]
/// and [`TracedAcker`](crate::TracedAcker).
#[derive(Clone)]
pub struct TracedChannel {
    pub(crate) channel: Channel,
    pub(crate) client: ClientTracer<RabbitMq>,
    pub(crate) templates: Templates,
    consumed: Arc<ConsumedQueues>,
    pub(crate) dropped: Arc<DroppedConfirms>,
}

impl TracedChannel {
    pub(crate) fn new(
        channel: Channel,
        tracer: &MessagingTracer,
        facts: ClientFacts,
        templates: Templates,
    ) -> Self {
        let client = ClientTracer::new(tracer, facts);
        let dropped = DroppedConfirms::new(client.clone());
        Self { channel, client, templates, consumed: Arc::default(), dropped }
    }

    /// The same channel, traced by `tracer`.
    #[must_use]
    pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        let client = ClientTracer::new(tracer, self.client.facts().clone());
        Self { client, ..self }
    }

    /// The same channel, with facts for its spans that lapin does not tell: for example the broker's address, which a
    /// [`TracedConnection`](crate::TracedConnection) knows. What the facts do not say stays as it was.
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
        let client = ClientTracer::new(self.client.tracer(), facts.or(self.client.facts().clone()));
        Self { client, ..self }
    }

    /// The same channel, with patterns for the routing keys of what it publishes, and of the deliveries of consumers that it
    /// makes from now on. They take the place of the patterns that it had.
    ///
    /// The name of a span should be one of few, so it has the pattern in place of exchange, routing key and queue if the routing
    /// key matches one: `publish user.{id}.created`. The pattern is also `messaging.destination.template`, and the whole name
    /// stays `messaging.destination.name`. How patterns are written is described at [`Templates`].
    ///
    /// Without a pattern the name of a `publish` span has the exchange alone if a part of the routing key
    /// [looks like an identifier](tracehop::has_id_segment). At the default exchange, where the routing key is the name of a
    /// queue, it is then `publish` alone: a `reply_to` from the wire may name any queue. The spans of a delivery have the queue,
    /// because anybody who may publish chooses routing keys, unless the routing key is the queue's name.
    ///
    /// ```no_run
    /// # use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
    /// # fn f(channel: lapin::Channel, tracer: &MessagingTracer) {
    /// let channel = channel.traced(tracer).with_templates(["user.{id}.created", "logs.#"]);
    /// # }
    /// ```
    #[must_use]
    pub fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { templates: Templates::new(patterns), ..self }
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
        self.dropped.end_answered();
        let (span, properties) = start_publish(
            &self.channel,
            &self.templates,
            (exchange.as_str(), routing_key.as_str()),
            payload,
            properties,
            |message, headers| self.client.send_as(PUBLISH, message, headers),
        );
        let is_watched = span.is_watched();
        let payload = Cow::Borrowed(payload);
        let message = OutgoingMessage { exchange, routing_key, options, payload, properties };
        hand_over(&self.channel, &self.dropped, span, is_watched, message).await
    }

    /// Sends a received message on to another place, for example to a queue of dead letters, inside its trace.
    ///
    /// The copy has the message's payload, its properties and its headers, but the context of this publish, and two headers more:
    /// `tracehop-attempts`, which counts how often the message was sent on, and `tracehop-reason`. Both take the place of those
    /// of the time before, so a message does not grow however often it is sent on;
    /// [`attempts_before`](Received::attempts_before) reads the count. What would harm the copy is left out: `expiration`,
    /// `user_id`, the headers `CC` and `BCC`, and the counts of how often the broker delivered the message.
    ///
    /// The span is below that of processing the message, although that may have ended. It is published as `mandatory`. If
    /// publisher confirms are on, this waits for the confirm, and it is an error if the broker did not take the message: only
    /// settle it if this succeeds.
    ///
    /// ```
    /// # use lapin::options::BasicAckOptions;
    /// # use tracehop_rabbitmq::{TracedChannel, TracedDelivery};
    /// # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
    /// async fn handle_or_forward(channel: &TracedChannel, order: TracedDelivery) -> lapin::Result<()> {
    ///     let dead = |reason| channel.forward(&order, "".into(), "orders.dead".into(), reason);
    ///     order.process_or(handle(&order.data), dead).await?;
    ///     order.ack(BasicAckOptions::default()).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_publish`] and its confirm. A message that the broker returned is the broker's error, for example
    /// `NO_ROUTE`; one that it did not take is an I/O error.
    ///
    /// # Cancel safety
    ///
    /// As for [`basic_publish`](Self::basic_publish).
    pub async fn forward<M: QueueMessage>(
        &self,
        message: &Received<M, RabbitMq>,
        exchange: ShortString,
        routing_key: ShortString,
        reason: impl fmt::Display,
    ) -> Result<()> {
        let Delivery { properties, data, .. } = message.delivery();
        let properties = copy_of(properties, &message.forward_headers(&reason), &self.channel);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sent = async {
            let confirm =
                self.basic_publish(exchange.clone(), routing_key.clone(), options, data, properties);
            confirm.await?.await
        };
        taken(message.forwarding(sent).await?, exchange.as_str(), routing_key.as_str())
    }

    /// [`Channel::wait_for_confirms`]: it also ends the spans of publishes whose [`TracedConfirm`] was dropped.
    ///
    /// Such a span stays open until the broker's answer is known, and ends as the answer says:
    ///
    /// - lapin returns the message here: `no-route`, or another of the broker's reasons.
    /// - It was published as `mandatory` or `immediate`, and is not returned: without an error, and with an event
    ///   `tracehop.unconfirmed`, because lapin does not tell whether the broker took it.
    /// - It was published as neither: `nack` if the broker did not take it, else as successful. This is also noticed at the
    ///   next publish, and when the last clone of the channel is dropped, and the span ends as of when the answer came.
    /// - This fails: as this does.
    ///
    /// Of either kind up to 1,024 spans wait. If there are more, or if the channel is dropped before their answers come,
    /// they end with the event `tracehop.unconfirmed`. If an untraced clone of the channel waits instead, its result is lapin's
    /// own, and the spans of messages that it returns are not told. If the broker answers several publishes at once, lapin may
    /// have handed a returned message to the confirm of another one, which is kept here: such a message comes out of this
    /// method alone.
    ///
    /// # Errors
    ///
    /// As for [`Channel::wait_for_confirms`].
    ///
    /// # Cancel safety
    ///
    /// As for lapin's: what was not waited for is left to the next call.
    pub async fn wait_for_confirms(&self) -> Result<Vec<BasicReturnMessage>> {
        self.dropped.end_after(self.channel.wait_for_confirms()).await
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
        self.consumed.add(&consumer.queue());
        Ok(TracedConsumer::new(consumer, self.client.clone(), self.templates.clone()))
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
        let got = self.channel.basic_get(queue.clone(), options).await;
        if let Err(error) = &got {
            let queue = AmqpDestination::of_queue(queue.as_str()).to_destination();
            self.client.receive_failed(&queue, Failure::of(error), clock);
        }
        Ok(got?.map(|message| {
            self.consumed.add(&queue);
            let message = FromQueue::new(message, queue, &self.client).with_templates(self.templates.clone());
            self.client.received_since(message, clock)
        }))
    }

    /// [`Channel::basic_ack`]. The span is a child of the current span.
    ///
    /// If there is no current span, no span is created: a delivery tag does not identify the message.
    /// [`FromQueue::ack`](crate::FromQueue::ack) knows the message. The span's destination is the queue, if this wrapper got
    /// messages from one queue only, else it has none.
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_ack`].
    pub async fn basic_ack(&self, delivery_tag: u64, options: BasicAckOptions) -> Result<()> {
        let span = start_by_tag(&self.client, self.consumed.only(), Settlement::ack(options), delivery_tag);
        span.finish_after(self.channel.basic_ack(delivery_tag, options)).await
    }

    /// [`Channel::basic_nack`]; spans as for [`basic_ack`](Self::basic_ack).
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_nack`].
    pub async fn basic_nack(&self, delivery_tag: u64, options: BasicNackOptions) -> Result<()> {
        let span = start_by_tag(&self.client, self.consumed.only(), Settlement::nack(options), delivery_tag);
        span.finish_after(self.channel.basic_nack(delivery_tag, options)).await
    }

    /// [`Channel::basic_reject`]; spans as for [`basic_ack`](Self::basic_ack).
    ///
    /// # Errors
    ///
    /// As for [`Channel::basic_reject`].
    pub async fn basic_reject(&self, delivery_tag: u64, options: BasicRejectOptions) -> Result<()> {
        let span =
            start_by_tag(&self.client, self.consumed.only(), Settlement::reject(options), delivery_tag);
        span.finish_after(self.channel.basic_reject(delivery_tag, options)).await
    }
}

impl IntoTraced<RabbitMq> for Channel {
    type Traced = TracedChannel;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedChannel::new(self, tracer, ClientFacts::default(), Templates::default())
    }
}

impl IntoTraced<RabbitMq> for Arc<Channel> {
    type Traced = TracedChannel;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Self::unwrap_or_clone(self).traced(tracer)
    }
}

/// It stays one wrapper, and the last tracer counts.
impl IntoTraced<RabbitMq> for TracedChannel {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
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
            .field("templates", &self.templates)
            .finish_non_exhaustive()
    }
}
