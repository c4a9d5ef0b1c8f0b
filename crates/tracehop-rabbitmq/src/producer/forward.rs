//! A copy of a received message, to be sent on.

use std::io;

use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, ErrorKind, Result};
use tracehop::{CarrierMut, HeaderPatch};

use crate::carrier::OutgoingHeaders;
use crate::system::NotTaken;

/// Headers that are not a copy's: they name more queues to send to, which would get it again, or count how often the broker
/// delivered the message that is copied.
const NOT_COPIED: [&str; 4] = ["CC", "BCC", "x-delivery-count", "x-acquired-count"];

/// The properties of a copy, with what `patch` adds to the headers.
///
/// Neither the user's name is copied, because the broker closes a channel over a name that is not its own, nor the expiration,
/// because a copy is kept as long as its new queue says, as with the broker's own dead letters. If the header frame has no room
/// for the new headers, the copy goes without them.
pub(crate) fn copy_of(
    properties: &BasicProperties,
    patch: &HeaderPatch,
    channel: &Channel,
) -> BasicProperties {
    let mut copy = BasicProperties::default();
    if let Some(content_type) = properties.content_type() {
        copy = copy.with_content_type(content_type.clone());
    }
    if let Some(encoding) = properties.content_encoding() {
        copy = copy.with_content_encoding(encoding.clone());
    }
    if let Some(headers) = properties.headers() {
        copy = copy.with_headers(copied(headers));
    }
    if let Some(mode) = properties.delivery_mode() {
        copy = copy.with_delivery_mode(*mode);
    }
    if let Some(priority) = properties.priority() {
        copy = copy.with_priority(*priority);
    }
    if let Some(id) = properties.correlation_id() {
        copy = copy.with_correlation_id(id.clone());
    }
    if let Some(queue) = properties.reply_to() {
        copy = copy.with_reply_to(queue.clone());
    }
    if let Some(id) = properties.message_id() {
        copy = copy.with_message_id(id.clone());
    }
    if let Some(time) = properties.timestamp() {
        copy = copy.with_timestamp(*time);
    }
    if let Some(kind) = properties.kind() {
        copy = copy.with_type(kind.clone());
    }
    if let Some(id) = properties.app_id() {
        copy = copy.with_app_id(id.clone());
    }
    let mut headers = OutgoingHeaders { properties: &copy, channel, written: None };
    match headers.apply(patch).ok().and(headers.written) {
        Some(headers) => copy.with_headers(headers),
        None => copy,
    }
}

fn copied(headers: &FieldTable) -> FieldTable {
    let mut table = headers.inner().clone();
    table.retain(|name, _| !NOT_COPIED.contains(&name.as_str()));
    table.into()
}

/// Makes an error of the broker's answer if it did not take the message: the message that was sent on would be lost.
///
/// A message that came back from another place is that of another publish: lapin hands it to whichever confirm is answered
/// next.
pub(crate) fn taken(confirmation: Confirmation, exchange: &str, routing_key: &str) -> Result<()> {
    let is_nack = confirmation.is_nack();
    let returned = confirmation.take_message().filter(|message| {
        (message.exchange.as_str(), message.routing_key.as_str()) == (exchange, routing_key)
    });
    match returned.map(|message| message.error()) {
        Some(Some(error)) => Err(ErrorKind::ProtocolError(error).into()),
        Some(None) => Err(io::Error::other(NotTaken).into()),
        None if is_nack => Err(io::Error::other(NotTaken).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use lapin::types::{AMQPValue, ShortString};

    use super::*;

    #[test]
    fn a_copy_has_neither_further_queues_nor_the_deliveries_of_the_message_that_it_is_made_of() {
        let mut headers = FieldTable::default();
        for name in ["tenant", "CC", "BCC", "x-delivery-count", "x-acquired-count", "x-death"] {
            headers.insert(name.into(), AMQPValue::LongInt(3));
        }
        let copied = copied(&headers);
        let kept: Vec<&str> = copied.inner().keys().map(ShortString::as_str).collect();
        assert_eq!(kept, ["tenant", "x-death"]);
    }
}
