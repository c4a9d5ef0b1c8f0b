//! Messages of a stream, with what the server is to be told of them.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
use std::time::SystemTime;

use async_nats::Error;
use async_nats::jetstream::{AckKind, Message};
use tracehop::{Carrier, ClientTracer, CreationContext, Inbound, MessageInfo, MessageSpan, Received};

use super::delivery::Delivery;
use super::settle::{self, Settler, TracedAcker};
use crate::Nats;
use crate::describe::{Source, message_id};

/// A message of a stream with the context it carried.
///
/// Its acknowledgements are those of [`FromStream`]; `into_inner` gives that, to be split for one.
pub type TracedMessage = Received<FromStream, Nats>;

/// The client's [`Message`] with acknowledgements that make spans. It derefs to the client's.
///
/// # Spans
///
/// `ack {subject}`, `nak {subject}`, `term {subject}` or `next {subject}`, kind CLIENT: child of the current span, else of
/// the message's creation context. Progress settles nothing: it is an event `tracehop.progress` on the current span. The
/// messages of ordered consumers are not settled, so their acknowledgements make no spans.
#[derive(Clone)]
pub struct FromStream {
    message: Message,
    settler: Settler,
    /// The message's place in its stream, as text.
    place: OnceLock<Box<str>>,
}

impl FromStream {
    pub(super) fn new(message: Message, settler: Settler) -> Self {
        Self { message, settler, place: OnceLock::new() }
    }

    /// [`Message::ack`].
    ///
    /// # Errors
    ///
    /// As for [`Message::ack`].
    pub async fn ack(&self) -> Result<(), Error> {
        let span = self.start(AckKind::Ack);
        settle::finish(span, self.message.ack().await)
    }

    /// [`Message::ack_with`].
    ///
    /// # Errors
    ///
    /// As for [`Message::ack_with`].
    pub async fn ack_with(&self, kind: AckKind) -> Result<(), Error> {
        let span = self.start(kind);
        settle::finish(span, self.message.ack_with(kind).await)
    }

    /// [`Message::double_ack`]. Its span ends with the server's answer.
    ///
    /// # Errors
    ///
    /// As for [`Message::double_ack`].
    pub async fn double_ack(&self) -> Result<(), Error> {
        let span = self.start(AckKind::Ack);
        settle::finish(span, self.message.double_ack().await)
    }

    /// [`Message::double_ack_with`]. Its span ends with the server's answer.
    ///
    /// # Errors
    ///
    /// As for [`Message::double_ack_with`].
    pub async fn double_ack_with(&self, kind: AckKind) -> Result<(), Error> {
        let span = self.start(kind);
        settle::finish(span, self.message.double_ack_with(kind).await)
    }

    /// [`Message::split`]: the acknowledgements of the second part make spans too.
    pub fn split(self) -> (async_nats::Message, TracedAcker) {
        let creation = self.creation();
        let Self { message, settler, .. } = self;
        let (subject, reply) = (message.subject.clone(), message.reply.clone());
        let (message, acker) = message.split();
        (message, TracedAcker { acker, subject, reply, creation, settler })
    }

    /// The client's own message back.
    pub fn into_inner(self) -> Message {
        self.message
    }

    fn start(&self, kind: AckKind) -> Option<MessageSpan> {
        self.settler.start(kind, &self.message.subject, self.message.reply.as_ref(), || self.creation())
    }

    fn creation(&self) -> CreationContext {
        let extract = |client: &ClientTracer<Nats>| client.tracer().propagator().extract(&self.headers());
        self.settler.client.as_ref().map(extract).unwrap_or_default().creation
    }
}

impl Inbound<Nats> for FromStream {
    fn info(&self) -> MessageInfo<'_> {
        let delivery = delivery(&self.message);
        let info = info(&self.message, &self.settler.source, delivery.as_ref());
        match delivery.filter(|_| message_id(self.message.headers.as_ref()).is_none()) {
            // The publisher's span has the same.
            Some(Delivery { stream, sequence, .. }) => {
                let place = || format!("{stream}:{sequence}").into_boxed_str();
                info.message_id(self.place.get_or_init(place))
            }
            None => info,
        }
    }

    fn headers(&self) -> impl Carrier + '_ {
        Inbound::headers(&self.message)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.message.sent_at()
    }
}

/// One that was got without a wrapper.
impl Inbound<Nats> for Message {
    fn info(&self) -> MessageInfo<'_> {
        info(self, &Source::Subject, delivery(self).as_ref())
    }

    fn headers(&self) -> impl Carrier + '_ {
        Inbound::headers(&self.message)
    }

    fn sent_at(&self) -> Option<SystemTime> {
        delivery(self)?.stored
    }
}

fn delivery(message: &Message) -> Option<Delivery<'_>> {
    Delivery::parse(message.reply.as_deref()?)
}

fn info<'a>(message: &'a Message, source: &'a Source, delivery: Option<&Delivery<'a>>) -> MessageInfo<'a> {
    let info =
        Delivery::info(delivery, source.destination(&message.subject)).body_size(message.payload.len());
    match message_id(message.headers.as_ref()) {
        Some(id) => info.message_id(id),
        None => info,
    }
}

impl Deref for FromStream {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl fmt::Debug for FromStream {
    /// Leaves the client's message out: it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromStream").field("source", &self.settler.source).finish_non_exhaustive()
    }
}
