//! Acknowledgements of a message that was split.

use std::fmt;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use async_nats::{Error, Subject};
use tracehop::{ClientTracer, CreationContext, MessageSpan, ProcessRecord};

use super::delivered::SettledMessage;
use crate::settle::{self, acknowledgements};
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// The client's [`Acker`], whose acknowledgements make the spans of [`FromStream`](super::FromStream).
pub struct TracedAcker {
    pub(super) acker: Acker,
    pub(super) subject: Subject,
    pub(super) reply: Option<Subject>,
    /// The identifier that the sender gave the message.
    pub(super) id: Option<Box<str>>,
    pub(super) creation: CreationContext,
    /// The span in which the message was processed.
    pub(super) process: ProcessRecord,
    /// Makes the spans of settlements; `None` if the message is not settled.
    pub(super) settlements: Option<ClientTracer<Nats>>,
    pub(super) subjects: ReceivedSubjects,
}

impl TracedAcker {
    acknowledgements!(acker);

    fn start(&self, kind: AckKind) -> MessageSpan {
        let Self { subject, reply, id, subjects, .. } = self;
        let settled = SettledMessage { subject, reply: reply.as_deref(), id: id.as_deref(), subjects };
        settle::start(self.settlements.as_ref(), kind, &settled, &self.process, || self.creation.clone())
    }
}

impl fmt::Debug for TracedAcker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedAcker").field("creation", &self.creation).finish_non_exhaustive()
    }
}
