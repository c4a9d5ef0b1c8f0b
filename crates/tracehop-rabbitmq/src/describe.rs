//! What RabbitMQ's messages say about themselves.

use std::time::{Duration, SystemTime};

use lapin::BasicProperties;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::types::{AMQPValue, FieldTable};
use tracehop::{AttributeValue, Carrier, Destination, Inbound, MessageInfo};

use crate::settle::Settlement;
use crate::{AmqpHeaders, RabbitMq, semconv};

/// A message whose queue is not known: got by a consumer that no wrapper made.
impl Inbound<RabbitMq> for Delivery {
    fn info(&self) -> MessageInfo<'_> {
        delivered(self, "")
    }

    fn headers(&self) -> impl Carrier + '_ {
        AmqpHeaders::of(&self.properties)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        sent_at(&self.properties)
    }
}

/// A message whose queue is not known: got from a channel that no wrapper holds.
impl Inbound<RabbitMq> for BasicGetMessage {
    fn info(&self) -> MessageInfo<'_> {
        self.delivery.info()
    }

    fn headers(&self) -> impl Carrier + '_ {
        self.delivery.headers()
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.delivery.sent_at()
    }
}

/// The facts about a message to be sent.
pub(crate) fn sent<'a>(
    exchange: &'a str,
    routing_key: &'a str,
    payload: usize,
    properties: &'a BasicProperties,
) -> MessageInfo<'a> {
    let nowhere = exchange.is_empty() && routing_key.is_empty();
    let place = Place::of([if nowhere { "amq.default" } else { exchange }, routing_key, ""]);
    let info = identified(MessageInfo::to(place.destination()), properties).body_size(payload);
    with(info, [(semconv::MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, place.routing_key())])
}

/// The facts about a message that came from `queue`, whose name is empty if it is not known.
pub(crate) fn delivered<'a>(delivery: &'a Delivery, queue: &'a str) -> MessageInfo<'a> {
    let place = Place::of_delivery(delivery, queue);
    let info = identified(MessageInfo::to(place.destination()), &delivery.properties);
    let attempt = delivery.properties.headers().as_ref().and_then(attempt);
    with(
        info.body_size(delivery.data.len()),
        [
            (semconv::MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, place.routing_key()),
            (semconv::MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, number(delivery.delivery_tag)),
            (semconv::TRACEHOP_RABBITMQ_REDELIVERED, only_if(delivery.redelivered)),
            (semconv::TRACEHOP_RABBITMQ_DELIVERY_ATTEMPT, attempt.map(AttributeValue::Int)),
        ],
    )
}

/// The facts about a message that is being settled: the conventions want fewer.
pub(crate) fn settled<'a>(delivery: &'a Delivery, queue: &'a str, settlement: Settlement) -> MessageInfo<'a> {
    let place = Place::of_delivery(delivery, queue);
    let info = identified(MessageInfo::to(place.destination()), &delivery.properties);
    with(info, of_settlement(settlement, delivery.delivery_tag))
}

/// The facts about a settlement by number: which message it is only the broker knows.
pub(crate) fn settled_by_tag<'a>(delivery_tag: u64, settlement: Settlement) -> MessageInfo<'a> {
    with(MessageInfo::to(Destination::none()), of_settlement(settlement, delivery_tag))
}

type Attribute<'a> = (&'static str, Option<AttributeValue<'a>>);

fn of_settlement<'a>(settlement: Settlement, delivery_tag: u64) -> [Attribute<'a>; 3] {
    [
        (semconv::MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, number(delivery_tag)),
        (semconv::TRACEHOP_RABBITMQ_MULTIPLE, only_if(settlement.multiple)),
        (semconv::TRACEHOP_RABBITMQ_REQUEUE, only_if(settlement.requeue)),
    ]
}

fn with<'a>(
    mut info: MessageInfo<'a>,
    attributes: impl IntoIterator<Item = Attribute<'a>>,
) -> MessageInfo<'a> {
    for (key, value) in attributes {
        if let Some(value) = value {
            info = info.attribute(key, value);
        }
    }
    info
}

fn identified<'a>(mut info: MessageInfo<'a>, properties: &'a BasicProperties) -> MessageInfo<'a> {
    if let Some(id) = properties.message_id() {
        info = info.message_id(id.as_str());
    }
    if let Some(id) = properties.correlation_id() {
        info = info.conversation_id(id.as_str());
    }
    info
}

fn only_if<'a>(flag: bool) -> Option<AttributeValue<'a>> {
    flag.then_some(AttributeValue::Bool(true))
}

/// A delivery's number. Zero is none: it stands for all deliveries.
fn number<'a>(delivery_tag: u64) -> Option<AttributeValue<'a>> {
    i64::try_from(delivery_tag).ok().filter(|tag| *tag != 0).map(AttributeValue::Int)
}

/// Exchange, routing key and queue; those that do not matter are empty.
#[derive(Clone, Copy)]
struct Place<'a> {
    parts: [&'a str; 3],
    /// One of them is a queue for direct replies, which exists for one requester.
    temporary: bool,
    /// One of them is a queue whose name was drawn, by the broker or by Spring.
    anonymous: bool,
}

impl<'a> Place<'a> {
    fn of(parts: [&'a str; 3]) -> Self {
        let any = |prefixes: &[&str]| {
            parts.iter().any(|part| prefixes.iter().any(|prefix| part.starts_with(prefix)))
        };
        Self {
            parts,
            temporary: any(&["amq.rabbitmq.reply-to"]),
            anonymous: any(&["amq.gen-", "spring.gen-"]),
        }
    }

    /// The conventions name a queue once that is bound by its own name.
    fn of_delivery(delivery: &'a Delivery, queue: &'a str) -> Self {
        let routing_key = delivery.routing_key.as_str();
        let queue = if queue == routing_key { "" } else { queue };
        Self::of([delivery.exchange.as_str(), routing_key, queue])
    }

    fn destination(self) -> Destination<'a> {
        let mut destination = Destination::joined(self.parts);
        if self.temporary {
            destination = destination.temporary();
        }
        if self.anonymous {
            destination = destination.anonymous();
        }
        destination
    }

    fn routing_key(self) -> Option<AttributeValue<'a>> {
        let [_, routing_key, _] = self.parts;
        // What is used for a short time and never again is not worth keeping.
        let passing = self.temporary || self.anonymous;
        let value = if passing { AttributeValue::Str } else { AttributeValue::Name };
        (!routing_key.is_empty()).then(|| value(routing_key))
    }
}

/// The reasons for a dead letter that a consumer had before.
const AFTER_A_DELIVERY: [&[u8]; 2] = [b"rejected", b"delivery_limit"];

fn attempt(headers: &FieldTable) -> Option<i64> {
    let returned = headers.inner().get("x-delivery-count").and_then(count);
    let died = headers.inner().get("x-death").and_then(deaths);
    let before = returned.or(died.map(|_| 0))?;
    Some(before.saturating_add(died.unwrap_or(0)).saturating_add(1))
}

fn deaths(history: &AMQPValue) -> Option<i64> {
    let AMQPValue::FieldArray(history) = history else { return None };
    let count_of = |death: &AMQPValue| {
        let AMQPValue::FieldTable(death) = death else { return None };
        let reason = death.inner().get("reason").and_then(AMQPValue::as_long_string)?;
        let counts = AFTER_A_DELIVERY.contains(&reason.as_bytes());
        death.inner().get("count").and_then(count).filter(|_| counts)
    };
    Some(history.as_slice().iter().filter_map(count_of).fold(0, i64::saturating_add))
}

/// A number of times, in any of AMQP's integers.
fn count(value: &AMQPValue) -> Option<i64> {
    let number = match *value {
        AMQPValue::ShortShortInt(number) => number.into(),
        AMQPValue::ShortShortUInt(number) => number.into(),
        AMQPValue::ShortInt(number) => number.into(),
        AMQPValue::ShortUInt(number) => number.into(),
        AMQPValue::LongInt(number) => number.into(),
        AMQPValue::LongUInt(number) => number.into(),
        AMQPValue::LongLongInt(number) => number,
        _ => return None,
    };
    (number >= 0).then_some(number)
}

/// AMQP counts in seconds.
fn sent_at(properties: &BasicProperties) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs((*properties.timestamp())?))
}
