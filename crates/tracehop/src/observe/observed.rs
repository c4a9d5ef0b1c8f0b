//! An operation in progress, as observers beside the span see it.

use std::sync::Arc;
use std::time::SystemTime;

use super::observer::{Failed, OperationFacts};
use super::observers::State;
use super::{EndedOperation, Observer, Observers, SpanSlot, StartedOperation};
use crate::message::{ClientFacts, InternedStr, OperationKind};

/// What is kept for the observers from an operation's start to its end. There is none without observers.
pub(crate) struct Observed {
    observers: Arc<Observers>,
    states: Vec<State>,
    system: &'static str,
    kind: OperationKind,
    name: &'static str,
    destination: Option<InternedStr>,
    client: ClientFacts,
    started: SystemTime,
    messages: usize,
}

impl Observed {
    /// Tells all observers of an operation that started at `started`.
    #[cold]
    pub(crate) fn start(
        observers: &Arc<Observers>,
        facts: OperationFacts<'_>,
        destination: Option<InternedStr>,
        started: SystemTime,
    ) -> Box<Self> {
        let states = observers.start(&StartedOperation { facts, started: Some(started), span: None });
        let OperationFacts { system, kind, name, client, .. } = facts;
        let (observers, client) = (Arc::clone(observers), client.clone());
        Box::new(Self { observers, states, system, kind, name, destination, client, started, messages: 1 })
    }

    /// Says how many messages the operation is about, if not one.
    pub(crate) fn set_message_count(&mut self, count: usize) {
        self.messages = count;
    }

    /// Ends the span, and tells all of them that the operation ended.
    pub(crate) fn end(self, span: SpanSlot, ended: SystemTime, failed: Option<&Failed>) {
        let Self { observers, states, system, kind, name, destination, client, started, messages } = self;
        let destination = destination.as_ref().map(InternedStr::as_str);
        let facts = OperationFacts { system, kind, name, destination, client: &client };
        let operation = EndedOperation { facts, started, ended, failed, messages };
        observers.spans().end(&operation, span);
        observers.end(&operation, states);
    }
}
