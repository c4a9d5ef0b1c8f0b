//! The tracer of a NATS client.

use std::cell::RefCell;

use async_nats::{Client, HeaderMap};
use tracehop::{BatchSend, ClientFacts, MessageInfo, MessageSpan, MessagingTracer, Room};

use crate::describe::OutgoingMessage;
use crate::server_tracers::ServerTracers;
use crate::subject::{KnownSubjects, is_internal};
use crate::system::Nats;

/// The most bytes of headers that a stream stores; it refuses messages with more. A message that is published without
/// waiting for an answer may end in a stream too.
const STORED_HEADERS: usize = 64 * 1024 - 1;

/// Starts the operations of a NATS client, whose limits and reply subjects it knows.
#[derive(Clone)]
pub(crate) struct NatsTracer {
    pub(crate) client: Client,
    pub(crate) operations: ServerTracers,
    pub(crate) subjects: KnownSubjects,
    /// Whether the server takes headers. Servers older than 2.2 do not.
    takes_headers: bool,
}

impl NatsTracer {
    pub(crate) fn new(tracer: &MessagingTracer, client: Client) -> Self {
        Self {
            operations: ServerTracers::new(tracer, &client),
            subjects: KnownSubjects::of(&client),
            takes_headers: client.try_server_info().is_none_or(|info| info.headers),
            client,
        }
    }

    /// The same with another tracer.
    pub(crate) fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        Self { operations: self.operations.with_tracer(tracer), ..self }
    }

    /// The same for a client of which the user knows more.
    pub(crate) fn with_facts(self, facts: ClientFacts) -> Self {
        Self { operations: self.operations.with_facts(facts), ..self }
    }

    /// The tracers for the messages of a queue group.
    pub(crate) fn of_group(&self, group: &str) -> ServerTracers {
        self.operations.with_facts(ClientFacts::default().consumer_group(group))
    }

    /// How much room for headers a message with such a payload has.
    pub(crate) fn room(&self, payload: usize) -> Room {
        if self.takes_headers {
            Room::Bytes(self.client.max_payload().saturating_sub(payload).min(STORED_HEADERS))
        } else {
            Room::None
        }
    }

    /// Starts a send of the name `operation`, and writes its context into the headers. A message to the server itself is no
    /// message of the application: it stays as it is, and has no span.
    pub(crate) fn start(
        &self,
        operation: &'static str,
        subject: &str,
        headers: &mut Option<HeaderMap>,
        payload: usize,
    ) -> MessageSpan {
        if is_internal(subject) {
            return MessageSpan::noop();
        }
        let message = self.outgoing(subject, headers, payload);
        self.operations.now().send_as(operation, &message, &mut &message)
    }

    /// Starts one publish to several subjects. Those of the server itself are not among them.
    pub(crate) fn start_batch<'s>(&self, subjects: impl IntoIterator<Item = &'s str>) -> BatchSend<Nats> {
        let subjects = subjects.into_iter().filter(|subject| !is_internal(subject));
        let messages = subjects.map(|subject| MessageInfo::to(self.subjects.destination(subject)));
        self.operations.now().send_batch(messages)
    }

    /// Starts the span of a message of the batch, and writes its context into the headers: as [`start`](Self::start).
    pub(crate) fn add(
        &self,
        batch: &mut BatchSend<Nats>,
        subject: &str,
        headers: &mut Option<HeaderMap>,
        payload: usize,
    ) -> MessageSpan {
        if is_internal(subject) {
            return MessageSpan::noop();
        }
        let message = self.outgoing(subject, headers, payload);
        batch.add(&message, &mut &message)
    }

    fn outgoing<'a>(
        &'a self,
        subject: &'a str,
        headers: &'a mut Option<HeaderMap>,
        payload: usize,
    ) -> OutgoingMessage<'a> {
        let (destination, room) = (self.subjects.destination(subject), self.room(payload));
        OutgoingMessage { destination, headers: RefCell::new(headers), payload, room }
    }
}
