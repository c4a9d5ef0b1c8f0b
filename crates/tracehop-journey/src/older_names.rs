//! What attributes were called before the conventions for messaging had their names of today. Many instrumentations still write them.

use opentelemetry::trace::SpanKind;

use crate::role::Role;
use crate::value::{Attribute, Value, find};

const CONSUMER_GROUP: [&str; 3] =
    ["messaging.kafka.consumer.group", "messaging.consumer.group", "messaging.kafka.consumer_group"];
const DESTINATION: [&str; 1] = ["messaging.destination"];
const MESSAGE_ID: [&str; 1] = ["messaging.message_id"];
const OFFSET: [&str; 1] = ["messaging.kafka.message.offset"];
const OPERATION: &str = "messaging.operation";
const PARTITION: [&str; 3] = [
    "messaging.kafka.destination.partition",
    "messaging.kafka.source.partition",
    "messaging.kafka.partition",
];

pub(crate) fn consumer_group(attributes: &[Attribute]) -> Option<&Value> {
    first(attributes, &CONSUMER_GROUP)
}

pub(crate) fn destination(attributes: &[Attribute]) -> Option<&Value> {
    first(attributes, &DESTINATION)
}

pub(crate) fn message_id(attributes: &[Attribute]) -> Option<&Value> {
    first(attributes, &MESSAGE_ID)
}

pub(crate) fn offset(attributes: &[Attribute]) -> Option<&Value> {
    first(attributes, &OFFSET)
}

pub(crate) fn partition(attributes: &[Attribute]) -> Option<&Value> {
    first(attributes, &PARTITION)
}

/// What a span did. A `CONSUMER` that `receive`s was a handler, if it belongs to a message; else it asked for some.
pub(crate) fn role(attributes: &[Attribute], kind: &SpanKind, has_message: bool) -> Option<Role> {
    let operation = find(attributes, OPERATION).and_then(Value::as_str)?;
    match operation {
        "create" => Some(Role::Create),
        "publish" | "send" => Some(Role::Send),
        "receive" if *kind == SpanKind::Consumer && has_message => Some(Role::Process),
        "receive" => Some(Role::Receive),
        "process" | "deliver" => Some(Role::Process),
        "settle" => Some(Role::Settle),
        _ => None,
    }
}

fn first<'a>(attributes: &'a [Attribute], keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| find(attributes, key))
}
