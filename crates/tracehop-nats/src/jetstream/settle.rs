//! Settlements: acknowledgements as spans.

use std::fmt;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use async_nats::{Error, Subject};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::{ClientTracer, CreationContext, MessageSpan};

use super::delivery::Delivery;
use crate::Nats;
use crate::describe::Source;

/// What makes the spans of a message's settlements.
#[derive(Clone)]
pub(super) struct Settler {
    /// `None` if the message is not settled.
    pub(super) client: Option<ClientTracer<Nats>>,
    pub(super) source: Source,
}

impl Settler {
    /// Starts the span of telling the server `kind`: child of what is current, else of the message's creation context.
    pub(super) fn start(
        &self,
        kind: AckKind,
        subject: &str,
        reply: Option<&Subject>,
        creation: impl FnOnce() -> CreationContext,
    ) -> Option<MessageSpan> {
        let client = self.client.as_ref()?;
        let name = match kind {
            AckKind::Ack => "ack",
            AckKind::Nak(_) => "nak",
            AckKind::Term => "term",
            AckKind::Next => "next",
            // It asks for more time and settles nothing.
            AckKind::Progress => {
                Context::map_current(|cx| cx.span().add_event("tracehop.progress", Vec::new()));
                return None;
            }
        };
        let delivery = reply.and_then(|reply| Delivery::parse(reply));
        let info = Delivery::info(delivery.as_ref(), self.source.destination(subject));
        Some(client.settle(name, &info, creation))
    }
}

pub(super) fn finish(span: Option<MessageSpan>, result: Result<(), Error>) -> Result<(), Error> {
    if let Some(span) = span {
        span.finish(&result);
    }
    result
}

/// The client's [`Acker`], whose acknowledgements make spans: those of [`FromStream`](super::FromStream).
pub struct TracedAcker {
    pub(super) acker: Acker,
    pub(super) subject: Subject,
    pub(super) reply: Option<Subject>,
    pub(super) creation: CreationContext,
    pub(super) settler: Settler,
}

impl TracedAcker {
    /// [`Acker::ack`].
    ///
    /// # Errors
    ///
    /// As for [`Acker::ack`].
    pub async fn ack(&self) -> Result<(), Error> {
        let span = self.start(AckKind::Ack);
        finish(span, self.acker.ack().await)
    }

    /// [`Acker::ack_with`].
    ///
    /// # Errors
    ///
    /// As for [`Acker::ack_with`].
    pub async fn ack_with(&self, kind: AckKind) -> Result<(), Error> {
        let span = self.start(kind);
        finish(span, self.acker.ack_with(kind).await)
    }

    /// [`Acker::double_ack`]. Its span ends with the server's answer.
    ///
    /// # Errors
    ///
    /// As for [`Acker::double_ack`].
    pub async fn double_ack(&self) -> Result<(), Error> {
        let span = self.start(AckKind::Ack);
        finish(span, self.acker.double_ack().await)
    }

    /// [`Acker::double_ack_with`]. Its span ends with the server's answer.
    ///
    /// # Errors
    ///
    /// As for [`Acker::double_ack_with`].
    pub async fn double_ack_with(&self, kind: AckKind) -> Result<(), Error> {
        let span = self.start(kind);
        finish(span, self.acker.double_ack_with(kind).await)
    }

    fn start(&self, kind: AckKind) -> Option<MessageSpan> {
        self.settler.start(kind, &self.subject, self.reply.as_ref(), || self.creation.clone())
    }
}

impl fmt::Debug for TracedAcker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedAcker").field("creation", &self.creation).finish_non_exhaustive()
    }
}
