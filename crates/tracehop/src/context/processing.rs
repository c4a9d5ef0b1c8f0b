//! Which messages the current task is processing.
//!
//! A relay that copies a message's headers copies its creation context with them. To know such a stale context from one
//! the user put there, the send must know what is being processed: set while a handler is polled, like the context.

use std::cell::Cell;
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use super::CreationContext;

/// The identity of a creation context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

impl Id {
    #[inline]
    pub(crate) fn of(creation: &CreationContext) -> Self {
        Self { trace_id: creation.trace_id(), span_id: creation.span_id() }
    }

    /// Whether there is a message of this identity.
    #[inline]
    pub(crate) fn is_valid(self) -> bool {
        self.trace_id != TraceId::INVALID && self.span_id != SpanId::INVALID
    }
}

/// The messages one handler handles.
#[derive(Clone, Debug)]
pub(crate) enum Ids {
    One(Id),
    Batch(Arc<[Id]>),
}

impl Ids {
    pub(crate) fn as_slice(&self) -> &[Id] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Batch(all) => all,
        }
    }
}

/// What the current task is doing.
struct Current {
    messages: Ids,
    /// The span of processing them, invalid if there is none.
    span: SpanId,
}

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// Whether this message is being processed here.
pub(crate) fn is_processing(message: Id) -> bool {
    is(|current| current.messages.as_slice().contains(&message))
}

/// Whether this message alone is being processed here.
pub(crate) fn is_processing_alone(message: Id) -> bool {
    is(|current| matches!(current.messages, Ids::One(one) if one == message))
}

/// Whether this message is being processed here as one of a batch.
pub(crate) fn is_processing_with_others(message: Id) -> bool {
    is(|current| matches!(&current.messages, Ids::Batch(all) if all.contains(&message)))
}

/// Whether this runs inside of the span of this id, as its handler.
pub(crate) fn is_handler_of(span: SpanId) -> bool {
    span != SpanId::INVALID && is(|current| current.span == span)
}

fn is(question: impl FnOnce(&Current) -> bool) -> bool {
    // Nothing that runs while the value is out can look for it.
    let current = CURRENT.take();
    let answer = current.as_ref().is_some_and(question);
    CURRENT.set(current);
    answer
}

/// Ends with the poll, also if it panics.
pub(crate) struct Guard {
    before: Option<Current>,
}

pub(crate) fn enter(messages: Ids, span: SpanId) -> Guard {
    Guard { before: CURRENT.replace(Some(Current { messages, span })) }
}

impl Drop for Guard {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}
