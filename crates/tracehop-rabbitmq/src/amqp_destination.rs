//! The name of a destination, made of exchange, routing key and queue.

use lapin::message::Delivery;
use tracehop::{AttributeValue, Destination, MessageAttributes};

use crate::semconv::MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY;

/// Queues for direct replies, which exist as long as the requester that made them.
const TEMPORARY: &[&str] = &["amq.rabbitmq.reply-to"];

/// Queues whose names were generated, by the broker or by Spring.
const ANONYMOUS: &[&str] = &["amq.gen-", "spring.gen-"];

/// The exchange, the routing key and the queue of a message. Parts that the destination's name leaves out are empty.
#[derive(Clone, Copy)]
pub(crate) struct AmqpDestination<'a>([&'a str; 3]);

impl<'a> AmqpDestination<'a> {
    pub(crate) fn of_published(exchange: &'a str, routing_key: &'a str) -> Self {
        let is_unnamed = exchange.is_empty() && routing_key.is_empty();
        Self([if is_unnamed { "amq.default" } else { exchange }, routing_key, ""])
    }

    /// `queue` is empty if it is not known. The conventions name a queue once that is bound by its own name.
    pub(crate) fn of_delivery(delivery: &'a Delivery, queue: &'a str) -> Self {
        let routing_key = delivery.routing_key.as_str();
        let queue = if queue == routing_key { "" } else { queue };
        Self([delivery.exchange.as_str(), routing_key, queue])
    }

    pub(crate) fn to_destination(self) -> Destination<'a> {
        let mut destination = Destination::joined(self.0);
        if self.has(TEMPORARY) {
            destination = destination.temporary();
        }
        if self.has(ANONYMOUS) {
            destination = destination.anonymous();
        }
        destination
    }

    /// Adds the routing key, if there is one. It is interned only if it will be used again.
    pub(crate) fn add_routing_key(self, attributes: &mut MessageAttributes<'_>) {
        let [_, routing_key, _] = self.0;
        if !routing_key.is_empty() {
            let is_lasting = !self.has(TEMPORARY) && !self.has(ANONYMOUS);
            let value = if is_lasting { AttributeValue::Name } else { AttributeValue::Str };
            attributes.add(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, value(routing_key));
        }
    }

    /// Whether one of the parts begins with one of these prefixes.
    fn has(self, prefixes: &[&str]) -> bool {
        self.0.iter().any(|part| prefixes.iter().any(|prefix| part.starts_with(prefix)))
    }
}
