//! The start of a publish.

use std::cell::OnceCell;

use lapin::{BasicProperties, Channel};
use tracehop::{ClientTracer, MessageSpan, Templates};

use crate::RabbitMq;
use crate::carrier::OutgoingHeaders;
use crate::describe::PublishedMessage;

/// Starts the span of publishing a message, under one of this system's words, and puts its context into the properties.
pub(crate) fn start_publish(
    client: &ClientTracer<RabbitMq>,
    name: &'static str,
    channel: &Channel,
    templates: &Templates,
    (exchange, routing_key): (&str, &str),
    payload: &[u8],
    properties: BasicProperties,
) -> (MessageSpan, BasicProperties) {
    let message = PublishedMessage {
        exchange,
        routing_key,
        templates,
        payload,
        properties: &properties,
        place: OnceCell::new(),
    };
    let mut headers = OutgoingHeaders { properties: &properties, channel, written: None };
    let span = client.send_as(name, &message, &mut headers);
    match headers.written {
        Some(headers) => (span, properties.with_headers(headers)),
        None => (span, properties),
    }
}
