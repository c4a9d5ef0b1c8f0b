//! Messages of a stream that know their consumer.

use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use async_nats::Error;
use async_nats::jetstream::message::Info;
use async_nats::jetstream::{AckKind, Message};
use tracehop::{
    Carrier, ClientTracer, CreationContext, Describe, Inbound, MessageSpan, ProcessRecord, Received,
};

use super::acker::TracedAcker;
use super::delivered::{DeliveredMessage, SettledMessage};
use crate::describe::message_id;
use crate::producer::forwarded;
use crate::settle::{self, acknowledgements};
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// A message of a stream with the context it carried.
///
/// Its acknowledgements are those of [`FromStream`], which `into_inner` returns, for example to split it.
pub type TracedMessage = Received<FromStream, Nats>;

/// The client's [`Message`] with acknowledgements that make spans.
///
/// It derefs to the message itself, an [`async_nats::Message`] with subject, payload and headers. It does not deref to
/// JetStream's, because that one has acknowledgements that make no spans: see [`inner`](Self::inner).
///
/// ```compile_fail,E0308
/// # use async_nats::jetstream;
/// async fn settle(order: &jetstream::Message) { let _ = order.ack().await; }
///
/// # async fn f(order: tracehop_nats::FromStream) {
/// settle(&order).await; // expected `&Message`, found `&FromStream`
/// # }
/// ```
///
/// # Spans
///
/// `ack {subject}`, `nak {subject}`, `term {subject}` or `next {subject}`, kind CLIENT: below the span in which the message was
/// processed, although that may have ended; of a message that was not processed, child of the current span, else of the
/// message's creation context. Progress settles nothing: it is an event `tracehop.progress` on the current span.
/// Messages of ordered consumers are not settled, so their acknowledgements make no spans.
#[derive(Clone)]
pub struct FromStream {
    message: Message,
    /// Makes the spans of settlements; `None` if the message is not settled.
    settlements: Option<ClientTracer<Nats>>,
    subjects: ReceivedSubjects,
    /// The span in which the message was processed.
    process: ProcessRecord,
    /// Whether an acknowledgement of it is known to be one of all messages before it too.
    acks_all_before: bool,
}

impl FromStream {
    pub(super) fn new(
        message: Message,
        settlements: Option<ClientTracer<Nats>>,
        subjects: ReceivedSubjects,
        acks_all_before: bool,
    ) -> Self {
        Self { message, settlements, subjects, process: ProcessRecord::new(), acks_all_before }
    }

    /// Makes the spans of settlements; `None` if the message is not settled.
    pub(super) fn settlements(&self) -> Option<&ClientTracer<Nats>> {
        self.settlements.as_ref()
    }

    pub(super) fn acks_all_before(&self) -> bool {
        self.acks_all_before
    }

    acknowledgements!(message);

    /// [`Message::split`]: the acknowledgements of the second part make spans too.
    pub fn split(self) -> (async_nats::Message, TracedAcker) {
        let creation = self.creation();
        let Self { message, settlements, subjects, process, .. } = self;
        let (subject, reply) = (message.subject.clone(), message.reply.clone());
        let id = message_id(message.headers.as_ref()).map(Box::from);
        let (message, acker) = message.split();
        (message, TracedAcker { acker, subject, reply, id, creation, process, settlements, subjects })
    }

    /// [`Message::info`]: where the message is stored, and how often it was delivered.
    ///
    /// # Errors
    ///
    /// As for [`Message::info`].
    pub fn info(&self) -> Result<Info<'_>, Error> {
        self.message.info()
    }

    /// The client's own message. Its acknowledgements make no spans.
    pub fn inner(&self) -> &Message {
        &self.message
    }

    /// The client's own message back.
    pub fn into_inner(self) -> Message {
        self.message
    }

    fn start(&self, kind: AckKind) -> MessageSpan {
        let Self { message, settlements, subjects, process, .. } = self;
        let (subject, reply) = (&*message.subject, message.reply.as_deref());
        let settled = SettledMessage { subject, reply, id: message_id(message.headers.as_ref()), subjects };
        settle::start(settlements.as_ref(), kind, &settled, process, || self.creation())
    }

    fn creation(&self) -> CreationContext {
        let extract = |tracer: &ClientTracer<Nats>| tracer.tracer().propagator().extract(&self.carrier());
        self.settlements.as_ref().map(extract).unwrap_or_default().creation
    }
}

impl Inbound<Nats> for FromStream {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage { message: &self.message, subjects: &self.subjects }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(&self.message)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.message.sent_at()
    }

    fn delivery_attempt(&self) -> Option<u64> {
        self.message.delivery_attempt()
    }

    fn process_record(&self) -> Option<&ProcessRecord> {
        Some(&self.process)
    }
}

forwarded!(FromStream, |message| (message.headers.as_ref(), &message.payload));

impl Deref for FromStream {
    type Target = async_nats::Message;

    fn deref(&self) -> &async_nats::Message {
        &self.message
    }
}

impl fmt::Debug for FromStream {
    /// Leaves the client's message out: it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromStream").field("subjects", &self.subjects).finish_non_exhaustive()
    }
}
