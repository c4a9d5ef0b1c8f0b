//! What NATS clients and messages say about themselves.

use std::cell::RefCell;

use async_nats::{HeaderMap, Message};
use tracehop::{
    Carrier, CarrierError, CarrierMut, Describe, Destination, HeaderPatch, Inbound, MessageAttributes, Room,
    Transport,
};

use crate::carrier::{NatsHeaders, TRANSPORT, apply, first};
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// The identifier the sender gave the message.
pub(crate) fn message_id(headers: Option<&HeaderMap>) -> Option<&str> {
    first(headers?, "Nats-Msg-Id")
}

/// A message that is about to be sent.
///
/// It is both what the span shows and where the context is written. The headers are in a cell, because a span that records
/// reads the identifier from them at its start, when core already holds them to write the context.
pub(crate) struct OutgoingMessage<'a> {
    pub(crate) destination: Destination<'a>,
    pub(crate) headers: RefCell<&'a mut Option<HeaderMap>>,
    pub(crate) payload: usize,
    pub(crate) room: Room,
}

impl Describe for OutgoingMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.destination
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        add_message_id(Option::as_ref(&self.headers.borrow()), attributes);
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.payload)
    }
}

impl Carrier for OutgoingMessage<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        Option::as_ref(&self.headers.borrow()).map(NatsHeaders).for_each(f);
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

impl CarrierMut for &OutgoingMessage<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        apply(&mut self.headers.borrow_mut(), patch, self.room)
    }
}

/// A message of core NATS that was received, and what is known of its subscription.
pub(crate) struct IncomingMessage<'a> {
    pub(crate) message: &'a Message,
    pub(crate) subjects: &'a ReceivedSubjects,
}

impl Describe for IncomingMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.subjects.destination(&self.message.subject)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        add_message_id(self.message.headers.as_ref(), attributes);
    }

    fn body_size(&self) -> Option<usize> {
        Some(self.message.payload.len())
    }
}

fn add_message_id(headers: Option<&HeaderMap>, attributes: &mut MessageAttributes<'_>) {
    if let Some(id) = message_id(headers) {
        attributes.message_id(id);
    }
}

/// A message that was received without a wrapper.
impl Inbound<Nats> for Message {
    fn info(&self) -> impl Describe + '_ {
        IncomingMessage { message: self, subjects: &ReceivedSubjects::UNKNOWN }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.headers.as_ref().map(NatsHeaders)
    }
}
