//! Views of RabbitMQ's messages: what their spans say about them.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use lapin::BasicProperties;
use lapin::message::{BasicGetMessage, Delivery};
use tracehop::{AttributeValue, Carrier, Describe, Destination, Inbound, MessageAttributes, Templates};

use crate::amqp_destination::AmqpDestination;
use crate::delivery_attempt::delivery_attempt;
use crate::settlement::Settlement;
use crate::{AmqpHeaders, RabbitMq, semconv};

/// A message whose queue is not known, because no wrapped consumer got it.
impl Inbound<RabbitMq> for Delivery {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage::new(self, "", None)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        AmqpHeaders::of(&self.properties)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        // AMQP counts in seconds.
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs((*self.properties.timestamp())?))
    }

    fn sent_at_precision(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn delivery_attempt(&self) -> Option<u64> {
        match self.properties.headers().as_ref().and_then(delivery_attempt) {
            Some(attempt) => u64::try_from(attempt).ok(),
            // A classic queue does not count, but it knows the first time.
            None => (!self.redelivered).then_some(1),
        }
    }
}

/// A message whose queue is not known, because no wrapped channel got it.
impl Inbound<RabbitMq> for BasicGetMessage {
    fn info(&self) -> impl Describe + '_ {
        self.delivery.info()
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.delivery.carrier()
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.delivery.sent_at()
    }

    fn sent_at_precision(&self) -> Duration {
        self.delivery.sent_at_precision()
    }

    fn delivery_attempt(&self) -> Option<u64> {
        self.delivery.delivery_attempt()
    }
}

/// A message that is about to be published.
pub(crate) struct PublishedMessage<'a> {
    pub(crate) exchange: &'a str,
    pub(crate) routing_key: &'a str,
    pub(crate) templates: &'a Templates,
    pub(crate) payload: &'a [u8],
    pub(crate) properties: &'a BasicProperties,
    /// Made when it is first asked for, because it takes a look at every character.
    pub(crate) place: OnceCell<AmqpDestination<'a>>,
}

impl<'a> PublishedMessage<'a> {
    fn place(&self) -> AmqpDestination<'a> {
        let make = || AmqpDestination::of_published(self.exchange, self.routing_key, self.templates);
        *self.place.get_or_init(make)
    }
}

impl Describe for PublishedMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.place().to_destination()
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        add_ids(self.properties, attributes);
        self.place().add_routing_key(attributes);
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.payload.len())
    }
}

/// A message that came from a queue.
pub(crate) struct DeliveredMessage<'a> {
    delivery: &'a Delivery,
    /// Empty if it is not known.
    queue: &'a str,
    templates: Option<&'a Templates>,
    /// Made when it is first asked for, because it takes a look at every character.
    place: OnceCell<AmqpDestination<'a>>,
}

impl<'a> DeliveredMessage<'a> {
    pub(crate) fn new(delivery: &'a Delivery, queue: &'a str, templates: Option<&'a Templates>) -> Self {
        Self { delivery, queue, templates, place: OnceCell::new() }
    }

    fn place(&self) -> AmqpDestination<'a> {
        let make = || AmqpDestination::of_delivery(self.delivery, self.queue, self.templates);
        *self.place.get_or_init(make)
    }
}

impl Describe for DeliveredMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.place().to_destination()
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let Delivery { properties, redelivered, delivery_tag, .. } = self.delivery;
        add_ids(properties, attributes);
        self.place().add_routing_key(attributes);
        add_delivery_tag(*delivery_tag, attributes);
        add_if(*redelivered, semconv::TRACEHOP_RABBITMQ_REDELIVERED, attributes);
        if let Some(attempt) = properties.headers().as_ref().and_then(delivery_attempt) {
            attributes.add(semconv::TRACEHOP_RABBITMQ_DELIVERY_ATTEMPT, AttributeValue::Int(attempt));
        }
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.delivery.data.len())
    }
}

/// A message that is about to be settled. The conventions ask for fewer attributes here.
pub(crate) struct SettledMessage<'a> {
    pub(crate) message: Settled<'a>,
    pub(crate) delivery_tag: u64,
    pub(crate) settlement: Settlement,
}

/// What is known of a message that is about to be settled.
pub(crate) enum Settled<'a> {
    Delivery(DeliveredMessage<'a>),
    /// Only the delivery tag: which message it is only the broker knows. The queue is known if all of the channel's messages
    /// come from one.
    ByTag(Option<&'a str>),
}

impl Describe for SettledMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        match &self.message {
            Settled::Delivery(delivered) => delivered.destination(),
            Settled::ByTag(Some(queue)) => AmqpDestination::of_queue(queue).to_destination(),
            Settled::ByTag(None) => Destination::none(),
        }
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Settled::Delivery(delivered) = &self.message {
            add_ids(&delivered.delivery.properties, attributes);
        }
        add_delivery_tag(self.delivery_tag, attributes);
        add_if(self.settlement.multiple, semconv::TRACEHOP_RABBITMQ_MULTIPLE, attributes);
        add_if(self.settlement.requeue, semconv::TRACEHOP_RABBITMQ_REQUEUE, attributes);
    }
}

fn add_ids(properties: &BasicProperties, attributes: &mut MessageAttributes<'_>) {
    if let Some(id) = properties.message_id() {
        attributes.message_id(id.as_str());
    }
    if let Some(id) = properties.correlation_id() {
        attributes.conversation_id(id.as_str());
    }
}

/// The delivery tag. Tag 0 means "all deliveries", so it is not recorded.
fn add_delivery_tag(delivery_tag: u64, attributes: &mut MessageAttributes<'_>) {
    if let Some(tag) = i64::try_from(delivery_tag).ok().filter(|tag| *tag != 0) {
        attributes.add(semconv::MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, AttributeValue::Int(tag));
    }
}

fn add_if(flag: bool, key: &'static str, attributes: &mut MessageAttributes<'_>) {
    if flag {
        attributes.add(key, AttributeValue::Bool(true));
    }
}
