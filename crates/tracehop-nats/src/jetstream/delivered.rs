//! Messages of a stream, as their spans show them.

use std::time::SystemTime;

use async_nats::jetstream::Message;
use tracehop::{Carrier, Describe, Destination, Inbound, MessageAttributes};

use super::ack_subject::AckSubject;
use crate::describe::message_id;
use crate::subject::SubjectPattern;
use crate::system::Nats;

/// A message that is settled: its two subjects tell all that the span shows.
pub(super) struct SettledMessage<'a> {
    pub(super) subject: &'a str,
    pub(super) reply: Option<&'a str>,
    pub(super) pattern: &'a SubjectPattern,
}

impl Describe for SettledMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.pattern.destination(self.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(ack) = self.reply.and_then(AckSubject::parse) {
            ack.add_to(attributes);
        }
    }
}

/// A message that was delivered, and what is known of its consumer.
pub(super) struct DeliveredMessage<'a> {
    pub(super) message: &'a Message,
    pub(super) pattern: &'a SubjectPattern,
    /// Whether the message's place in its stream is its identifier if the sender gave it none.
    pub(super) shows_place: bool,
}

impl Describe for DeliveredMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.pattern.destination(&self.message.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let ack = ack_subject(self.message);
        match (message_id(self.message.headers.as_ref()), &ack) {
            (Some(id), _) => attributes.message_id(id),
            // The publisher's span has the same identifier.
            (None, Some(ack)) if self.shows_place => attributes.message_id(&ack.place()),
            _ => {}
        }
        if let Some(ack) = ack {
            ack.add_to(attributes);
        }
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.message.payload.len())
    }
}

fn ack_subject(message: &Message) -> Option<AckSubject<'_>> {
    AckSubject::parse(message.reply.as_deref()?)
}

/// A message that was received without a wrapper.
impl Inbound<Nats> for Message {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage { message: self, pattern: &SubjectPattern::Plain, shows_place: false }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.message)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        ack_subject(self)?.stored
    }
}
