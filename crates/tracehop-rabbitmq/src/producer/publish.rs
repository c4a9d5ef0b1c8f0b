//! A publish: its start, and how the message is handed to the connection.

use std::cell::OnceCell;
use std::sync::Arc;

use lapin::{BasicProperties, Channel, Result};
use tracehop::{MessageSpan, Templates};

use super::dropped_confirms::DroppedConfirms;
use super::outgoing_message::OutgoingMessage;
use super::traced_confirm::{TracedConfirm, Unanswered};
use crate::carrier::OutgoingHeaders;
use crate::describe::PublishedMessage;

/// Starts the span of publishing a message with `start`, and puts its context into the properties.
pub(crate) fn start_publish(
    channel: &Channel,
    templates: &Templates,
    (exchange, routing_key): (&str, &str),
    payload: &[u8],
    properties: BasicProperties,
    start: impl FnOnce(&PublishedMessage<'_>, &mut OutgoingHeaders<'_>) -> MessageSpan,
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
    let span = start(&message, &mut headers);
    match headers.written {
        Some(headers) => (span, properties.with_headers(headers)),
        None => (span, properties),
    }
}

/// Hands a message to the connection. If confirms are on, its span then waits for the broker's answer. `is_watched` says whether
/// it matters to anybody what becomes of the message.
pub(crate) async fn hand_over(
    channel: &Channel,
    dropped: &Arc<DroppedConfirms>,
    span: MessageSpan,
    is_watched: bool,
    message: OutgoingMessage<'_>,
) -> Result<TracedConfirm> {
    let confirms = channel.status().confirm();
    let has_key = confirms && message.may_return() && is_watched;
    let OutgoingMessage { exchange, routing_key, options, payload, properties } = message;
    let key = has_key.then(|| Box::new(dropped.key(&exchange, &routing_key, &properties)));
    match channel.basic_publish(exchange, routing_key, options, &payload, properties).await {
        Ok(confirm) if confirms => {
            let unanswered = Unanswered { span, key, dropped: Arc::clone(dropped) };
            Ok(TracedConfirm::new(confirm, Some(unanswered)))
        }
        Ok(confirm) => {
            span.end();
            Ok(TracedConfirm::new(confirm, None))
        }
        Err(error) => span.finish_with(|| Err(error)),
    }
}
