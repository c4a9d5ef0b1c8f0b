//! The systems that the queues in memory stand for: their words, and what their messages say of themselves.

use std::fmt;

use tracehop::{
    AttributeValue, Carrier, ClientFacts, Describe, Destination, Inbound, MessageInfo, MessagingSystem,
    OperationKind,
};

use super::message::Message;
use super::semconv;

/// A system that a queue in memory stands for.
pub(super) trait System: MessagingSystem + Clone + fmt::Debug + Send + Sync {
    /// Where it would be.
    const SERVER: (&'static str, u16);
    /// Its words for "this was handled" and "this was not", if a message is settled alone.
    const SETTLEMENTS: Option<(&'static str, &'static str)>;
    /// Whether consumers say which group they belong to.
    const HAS_GROUPS: bool;

    fn describe(message: &Message<Self>) -> MessageInfo<'_>;

    fn facts(client_id: &str, group: Option<&str>) -> ClientFacts {
        let (host, port) = Self::SERVER;
        let facts = ClientFacts::default().client_id(client_id).server(host, port);
        match group.filter(|_| Self::HAS_GROUPS) {
            Some(group) => facts.consumer_group(group),
            None => facts,
        }
    }
}

impl<S: System> Inbound<S> for Message<S> {
    fn info(&self) -> impl Describe + '_ {
        S::describe(self)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.headers
    }
}

#[derive(Clone, Debug)]
pub(super) enum Kafka {}

impl MessagingSystem for Kafka {
    const NAME: &'static str = "kafka";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Receive => "poll",
            OperationKind::Settle => "commit",
            other => other.as_str(),
        }
    }
}

impl System for Kafka {
    const SERVER: (&'static str, u16) = ("kafka.demo", 9092);
    const SETTLEMENTS: Option<(&'static str, &'static str)> = None;
    const HAS_GROUPS: bool = true;

    fn describe(message: &Message<Self>) -> MessageInfo<'_> {
        MessageInfo::to(Destination::named(message.queue))
            .partition(message.partition)
            .attribute(semconv::MESSAGING_KAFKA_OFFSET, number(message.place))
    }
}

#[derive(Clone, Debug)]
pub(super) enum RabbitMq {}

impl MessagingSystem for RabbitMq {
    const NAME: &'static str = "rabbitmq";

    fn operation_name(kind: OperationKind) -> &'static str {
        if kind == OperationKind::Send { "publish" } else { kind.as_str() }
    }
}

impl System for RabbitMq {
    const SERVER: (&'static str, u16) = ("rabbitmq.demo", 5672);
    const SETTLEMENTS: Option<(&'static str, &'static str)> = Some(("ack", "nack"));
    const HAS_GROUPS: bool = false;

    fn describe(message: &Message<Self>) -> MessageInfo<'_> {
        let info = MessageInfo::to(Destination::named(message.queue))
            .message_id(&message.id)
            .attribute(semconv::MESSAGING_RABBITMQ_ROUTING_KEY, AttributeValue::Str(message.queue));
        // Only what was delivered has one.
        if message.deliveries == 0 {
            return info;
        }
        info.attribute(semconv::MESSAGING_RABBITMQ_DELIVERY_TAG, number(message.place))
    }
}

#[derive(Clone, Debug)]
pub(super) enum Nats {}

impl MessagingSystem for Nats {
    const NAME: &'static str = "nats";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Send => "publish",
            OperationKind::Settle => "ack",
            other => other.as_str(),
        }
    }
}

impl System for Nats {
    const SERVER: (&'static str, u16) = ("nats.demo", 4222);
    const SETTLEMENTS: Option<(&'static str, &'static str)> = Some(("ack", "nak"));
    const HAS_GROUPS: bool = true;

    fn describe(message: &Message<Self>) -> MessageInfo<'_> {
        MessageInfo::to(Destination::named(message.queue)).message_id(&message.id)
    }
}

fn number(place: u64) -> AttributeValue<'static> {
    AttributeValue::Int(i64::try_from(place).unwrap_or(i64::MAX))
}
