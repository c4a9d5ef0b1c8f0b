//! Views of RabbitMQ's messages: what their spans say about them.

use std::time::{Duration, SystemTime};

use lapin::BasicProperties;
use lapin::message::{BasicGetMessage, Delivery};
use tracehop::{AttributeValue, Carrier, Describe, Destination, Inbound, MessageAttributes};

use crate::amqp_destination::AmqpDestination;
use crate::delivery_attempt::delivery_attempt;
use crate::settlement::Settlement;
use crate::{AmqpHeaders, RabbitMq, semconv};

/// A message whose queue is not known, because no wrapped consumer got it.
impl Inbound<RabbitMq> for Delivery {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage { delivery: self, queue: "" }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        AmqpHeaders::of(&self.properties)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        // AMQP counts in seconds.
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs((*self.properties.timestamp())?))
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
}

/// A message that is about to be published.
pub(crate) struct PublishedMessage<'a> {
    pub(crate) exchange: &'a str,
    pub(crate) routing_key: &'a str,
    pub(crate) payload: &'a [u8],
    pub(crate) properties: &'a BasicProperties,
}

impl PublishedMessage<'_> {
    fn place(&self) -> AmqpDestination<'_> {
        AmqpDestination::of_published(self.exchange, self.routing_key)
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
    pub(crate) delivery: &'a Delivery,
    /// Empty if it is not known.
    pub(crate) queue: &'a str,
}

impl DeliveredMessage<'_> {
    fn place(&self) -> AmqpDestination<'_> {
        AmqpDestination::of_delivery(self.delivery, self.queue)
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
    /// `None` if only the delivery tag is known: then only the broker knows which message it is.
    pub(crate) delivered: Option<DeliveredMessage<'a>>,
    pub(crate) delivery_tag: u64,
    pub(crate) settlement: Settlement,
}

impl Describe for SettledMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.delivered.as_ref().map_or(Destination::none(), Describe::destination)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(delivered) = &self.delivered {
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
