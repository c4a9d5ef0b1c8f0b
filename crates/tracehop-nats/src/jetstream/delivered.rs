//! Messages of a stream, as their spans show them.

use std::time::SystemTime;

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use async_nats::jetstream::message::StreamMessage;
use tracehop::{Carrier, Describe, Destination, Inbound, MessageAttributes};

use super::ack_subject::AckSubject;
use crate::carrier::{NatsHeaders, first};
use crate::describe::message_id;
use crate::producer::forwarded;
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// Adds the identifier that the sender gave the message, else its place in its stream: the publisher's span has the same.
fn add_message_id(id: Option<&str>, ack: Option<&AckSubject<'_>>, attributes: &mut MessageAttributes<'_>) {
    match (id, ack) {
        (Some(id), _) => attributes.message_id(id),
        (None, Some(ack)) => ack.with_place(|place| attributes.message_id(place)),
        (None, None) => {}
    }
}

/// A message that is settled.
pub(super) struct SettledMessage<'a> {
    pub(super) subject: &'a str,
    pub(super) reply: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) subjects: &'a ReceivedSubjects,
}

impl Describe for SettledMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.subjects.destination(self.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let ack = self.reply.and_then(AckSubject::parse);
        add_message_id(self.id, ack.as_ref(), attributes);
        if let Some(ack) = ack {
            ack.add_to(attributes, |stream| self.subjects.is_stream(stream));
        }
    }
}

/// A message that was delivered, and what is known of its consumer.
pub(super) struct DeliveredMessage<'a> {
    pub(super) message: &'a Message,
    pub(super) subjects: &'a ReceivedSubjects,
}

impl Describe for DeliveredMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.subjects.destination(&self.message.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let ack = ack_subject(self.message);
        add_message_id(message_id(self.message.headers.as_ref()), ack.as_ref(), attributes);
        if let Some(ack) = ack {
            ack.add_to(attributes, |stream| self.subjects.is_stream(stream));
        }
    }

    fn body_size(&self) -> Option<usize> {
        Some(body_size(self.message.headers.as_ref(), self.message.payload.len()))
    }
}

/// The size of the body that was stored. A consumer may get the headers alone: then one of them tells the size.
fn body_size(headers: Option<&HeaderMap>, payload: usize) -> usize {
    let told = || {
        let size = first(headers?, "Nats-Msg-Size")?;
        // The server writes digits only; `parse` takes a sign too.
        let is_number = size.bytes().all(|byte| byte.is_ascii_digit());
        // The server counts in 32 bits.
        size.parse::<u32>().ok().filter(|_| is_number).and_then(|size| usize::try_from(size).ok())
    };
    if payload == 0 { told().unwrap_or(0) } else { payload }
}

pub(super) fn ack_subject(message: &Message) -> Option<AckSubject<'_>> {
    AckSubject::parse(message.reply.as_deref()?)
}

/// A message that was received without a wrapper.
impl Inbound<Nats> for Message {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage { message: self, subjects: &ReceivedSubjects::UNKNOWN }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.message)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        ack_subject(self)?.stored
    }

    fn delivery_attempt(&self) -> Option<u64> {
        u64::try_from(ack_subject(self)?.count).ok()
    }
}

forwarded!(Message, |message| (message.headers.as_ref(), &message.payload));
forwarded!(StreamMessage, |message| (Some(&message.headers), &message.payload));

/// A message that was read from its stream by its place, without a consumer.
struct ReadMessage<'a>(&'a StreamMessage);

impl Describe for ReadMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        ReceivedSubjects::UNKNOWN.destination(&self.0.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(id) = message_id(Some(&self.0.headers)) {
            attributes.message_id(id);
        }
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.0.payload.len())
    }
}

/// A message that was read from its stream by its place, without a consumer.
impl Inbound<Nats> for StreamMessage {
    fn info(&self) -> impl Describe + '_ {
        ReadMessage(self)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        NatsHeaders(&self.headers)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        // Of another type with another of the client's features.
        Some(self.time.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_was_left_out_has_the_size_that_the_server_tells() {
        for (told, payload, expected) in [
            (Some("12345"), 0, 12345),
            (Some("0"), 0, 0),
            (None, 0, 0),
            (Some("12345"), 2, 2),
            (Some("4294967295"), 0, 4_294_967_295),
            // What no server writes.
            (Some("4294967296"), 0, 0),
            (Some("99999999999999999999999999"), 0, 0),
            (Some("+1"), 0, 0),
            (Some("-1"), 0, 0),
            (Some(" 1"), 0, 0),
            (Some(""), 0, 0),
            (Some("many"), 0, 0),
        ] {
            let headers =
                told.map(|told| HeaderMap::from_iter([("Nats-Msg-Size".parse().unwrap(), told.into())]));
            assert_eq!(body_size(headers.as_ref(), payload), expected, "{told:?}, {payload}");
        }
    }
}
