//! The decision: what is done about one operation, from its policy and from what is found and current.
//!
//! This is the only place where parents, links and kinds of spans are chosen, and where a context that is already on an
//! outgoing message is kept or replaced.

use opentelemetry::trace::{SpanContext, SpanKind};

use crate::message::OperationKind;
use crate::policy::{Correlation, Existing, Policy};

/// Whether there is a span context, and what its sender did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    Unsampled,
    Sampled,
}

impl Presence {
    #[inline]
    pub(crate) fn of(span: &SpanContext) -> Self {
        Self::new(span.is_valid(), span.is_sampled())
    }

    #[inline]
    pub(crate) fn new(is_valid: bool, is_sampled: bool) -> Self {
        match (is_valid, is_sampled) {
            (false, _) => Self::Absent,
            (true, false) => Self::Unsampled,
            (true, true) => Self::Sampled,
        }
    }

    #[inline]
    fn is_there(self) -> bool {
        self != Self::Absent
    }
}

/// What is known when an operation starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) kind: OperationKind,
    /// The current span.
    pub(crate) current: Presence,
    /// The creation context on the one message that the operation is about. Absent for an operation on several.
    pub(crate) creation: Presence,
    /// The message is older than the policy allows to continue.
    pub(crate) is_too_old: bool,
    /// This task is processing the message that brought the creation context.
    pub(crate) is_processing: bool,
}

/// The parent of an operation's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// None: the span starts a trace.
    Root,
    Current,
    Creation,
}

/// What is done about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent answers")]
pub(crate) struct Plan {
    /// Whether a span is made at all.
    pub(crate) makes_span: bool,
    pub(crate) kind: SpanKind,
    pub(crate) parent: Parent,
    pub(crate) links_current: bool,
    pub(crate) links_creation: bool,
    /// Of an outgoing message: its headers stay as they are.
    pub(crate) keeps_headers: bool,
}

/// Decides. It looks at nothing but its arguments.
#[inline]
pub(crate) fn decide(policy: &Policy, situation: Situation) -> Plan {
    let Situation { kind, current, creation, .. } = situation;
    let keeps_headers = keeps_headers(policy, situation);
    let parent = parent(policy, situation);
    let is_linking = matches!(kind, OperationKind::Receive | OperationKind::Process);
    let of_parent = match parent {
        Parent::Root => Presence::Absent,
        Parent::Current => current,
        Parent::Creation => creation,
    };
    // A settlement alone makes no trace.
    let has_place = kind != OperationKind::Settle || of_parent.is_there();
    Plan {
        makes_span: has_place && !(policy.trust_unsampled && of_parent == Presence::Unsampled),
        kind: match kind {
            // The context that travels is not this span's, so this span does not create the message.
            OperationKind::Create | OperationKind::Send if keeps_headers => SpanKind::Client,
            OperationKind::Create | OperationKind::Send => SpanKind::Producer,
            OperationKind::Receive | OperationKind::Settle => SpanKind::Client,
            OperationKind::Process => SpanKind::Consumer,
        },
        parent,
        links_current: is_linking && current.is_there() && parent == Parent::Creation,
        links_creation: creation.is_there() && (is_linking || keeps_headers),
        keeps_headers,
    }
}

#[inline]
fn parent(policy: &Policy, situation: Situation) -> Parent {
    let Situation { kind, current, creation, is_too_old, .. } = situation;
    let is_current = current.is_there();
    let continues = match kind {
        OperationKind::Create | OperationKind::Send => false,
        OperationKind::Settle => !is_current,
        OperationKind::Receive | OperationKind::Process => match policy.correlation {
            _ if is_too_old => false,
            Correlation::Continue => !is_current,
            Correlation::Link => false,
            Correlation::Adopt => true,
        },
    };
    match (continues && creation.is_there(), is_current) {
        (true, _) => Parent::Creation,
        (false, true) => Parent::Current,
        (false, false) => Parent::Root,
    }
}

#[inline]
fn keeps_headers(policy: &Policy, situation: Situation) -> bool {
    matches!(situation.kind, OperationKind::Create | OperationKind::Send)
        && situation.creation.is_there()
        && match policy.existing {
            Existing::Auto => !situation.is_processing,
            Existing::Keep => true,
            Existing::Replace => false,
        }
}

#[cfg(test)]
mod tests;
