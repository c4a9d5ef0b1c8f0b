//! The name of a destination, made of exchange, routing key and queue, and what of it may stand in span names.

use lapin::message::Delivery;
use tracehop::{AttributeValue, Destination, MessageAttributes, Templates, has_id_segment};

use crate::semconv::MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY;

/// Queues for direct replies, which exist as long as the requester that made them.
const TEMPORARY: &[&str] = &["amq.rabbitmq.reply-to"];

/// Queues whose names were generated, by the broker or by Spring.
const ANONYMOUS: &[&str] = &["amq.gen-", "spring.gen-"];

/// The exchange, the routing key and the queue of a message.
#[derive(Clone, Copy)]
pub(crate) struct AmqpDestination<'a> {
    /// Parts that the destination's name leaves out are empty.
    parts: [&'a str; 3],
    label: Label<'a>,
    is_temporary: bool,
    is_anonymous: bool,
}

/// What stands for a destination in span names. Everybody who may publish chooses routing keys, so they are in no span name
/// unless they are known to be few.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label<'a> {
    /// The name: it is one of few.
    Name,
    /// The pattern that the routing key was made from.
    Template(&'a str),
    /// One part of the name: the queue, or the exchange.
    Part(&'a str),
    Nothing,
}

impl<'a> AmqpDestination<'a> {
    pub(crate) fn of_published(exchange: &'a str, routing_key: &'a str, templates: &'a Templates) -> Self {
        let is_unnamed = exchange.is_empty() && routing_key.is_empty();
        let parts = [if is_unnamed { "amq.default" } else { exchange }, routing_key, ""];
        let label = match template(templates, routing_key) {
            Some(template) => Label::Template(template),
            // At the default exchange too: the queue may be one for replies, of which a message from the wire tells.
            None if is_plain(routing_key) && !has_id_segment(routing_key) => {
                if is_plain(exchange) {
                    Label::Name
                } else {
                    Label::Nothing
                }
            }
            None => Label::part(exchange),
        };
        Self::new(parts, label, &parts)
    }

    /// `queue` is empty if it is not known. The conventions name a queue once that is bound by its own name.
    pub(crate) fn of_delivery(
        delivery: &'a Delivery,
        queue: &'a str,
        templates: Option<&'a Templates>,
    ) -> Self {
        let (exchange, routing_key) = (delivery.exchange.as_str(), delivery.routing_key.as_str());
        let is_bound_by_name = queue == routing_key;
        let parts = [exchange, routing_key, if is_bound_by_name { "" } else { queue }];
        let label = match templates.and_then(|templates| template(templates, routing_key)) {
            Some(template) => Label::Template(template),
            None if queue.is_empty() => Label::part(exchange),
            None if is_bound_by_name && is_plain(exchange) && is_plain(queue) => Label::Name,
            None => Label::part(queue),
        };
        // A queue is temporary or anonymous by its own name, whatever a sender calls its routing key.
        let names: &[&str] = if queue.is_empty() { &parts } else { &[queue] };
        Self::new(parts, label, names)
    }

    /// A queue, where no message is known.
    pub(crate) fn of_queue(queue: &'a str) -> Self {
        let label = if is_plain(queue) { Label::Name } else { Label::Nothing };
        Self::new(["", "", queue], label, &[queue])
    }

    fn new(parts: [&'a str; 3], label: Label<'a>, names: &[&str]) -> Self {
        let is_temporary = has(names, TEMPORARY);
        let is_anonymous = has(names, ANONYMOUS);
        let is_fleeting = is_temporary || is_anonymous;
        let label = if is_fleeting && !matches!(label, Label::Template(_)) { Label::Nothing } else { label };
        Self { parts, label, is_temporary, is_anonymous }
    }

    pub(crate) fn to_destination(self) -> Destination<'a> {
        let mut destination = Destination::joined(self.parts);
        destination = match self.label {
            Label::Name => destination,
            Label::Template(template) => destination.template(template),
            Label::Part(part) => destination.label(part),
            Label::Nothing => destination.varying(),
        };
        if self.is_temporary {
            destination = destination.temporary();
        }
        if self.is_anonymous {
            destination = destination.anonymous();
        }
        destination
    }

    /// Adds the routing key, if there is one. It is interned only if it will be used again.
    pub(crate) fn add_routing_key(self, attributes: &mut MessageAttributes<'_>) {
        let [_, routing_key, _] = self.parts;
        if !routing_key.is_empty() {
            let value = if self.label == Label::Name { AttributeValue::Name } else { AttributeValue::Str };
            attributes.add(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, value(routing_key));
        }
    }
}

impl<'a> Label<'a> {
    fn part(name: &'a str) -> Self {
        if name.is_empty() || !is_plain(name) { Self::Nothing } else { Self::Part(name) }
    }
}

/// A message without a routing key is known by its exchange, also if there is a pattern that matches nothing.
fn template<'a>(templates: &'a Templates, routing_key: &str) -> Option<&'a str> {
    if routing_key.is_empty() { None } else { templates.find(routing_key) }
}

/// Whether a name can be printed without harm: a terminal obeys control characters.
fn is_plain(name: &str) -> bool {
    !name.chars().any(char::is_control)
}

/// Whether one of the names begins with one of these prefixes.
fn has(names: &[&str], prefixes: &[&str]) -> bool {
    names.iter().any(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
}
