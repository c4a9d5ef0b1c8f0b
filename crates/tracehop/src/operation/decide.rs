//! The decision: what is done about one operation, from its policy and from what is found and current.
//!
//! This is the only place where parents, links and kinds of spans are chosen, and where a context that is already on an
//! outgoing message is kept or replaced.

use opentelemetry::trace::{SpanContext, SpanKind};

use crate::message::OperationKind;
use crate::policy::{Correlation, EffectivePolicy, Existing, SpanLevel};

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

/// What this process has to do with the message that brought a creation context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Local {
    /// Nothing that is known: an outbox, a replay, another service's message.
    Unknown,
    /// It is the current span's own context: somebody wrote it there before the send.
    Current,
    /// This task is processing the message now.
    Processing,
    /// It was received lately, and not processed.
    Received,
    /// The same, from a source that is not trusted.
    Distrusted,
    /// It was processed lately, in a span of which this is known.
    Processed {
        is_sampled: bool,
        /// That span is the current one.
        is_current: bool,
    },
}

/// What is known when an operation starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) kind: OperationKind,
    /// The current span.
    pub(crate) current: Presence,
    /// The creation context on the one message that the operation is about. Absent for an operation on several.
    pub(crate) creation: Presence,
    /// The message is older than the policy allows to continue, or its source is not trusted with more.
    pub(crate) is_only_linked: bool,
    /// What this process has to do with that message. Only sends and settlements ask.
    pub(crate) local: Local,
    /// Several messages at once.
    pub(crate) is_batch: bool,
}

/// The parent of an operation's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// None: the span starts a trace.
    Root,
    Current,
    Creation,
    /// The span in which the message was processed.
    Process,
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
#[expect(
    clippy::inline_always,
    reason = "each caller knows the kind, and most of this is then decided by the compiler"
)]
#[inline(always)]
pub(crate) fn decide(policy: &EffectivePolicy, situation: Situation) -> Plan {
    let Situation { kind, current, creation, is_batch, .. } = situation;
    let keeps_headers = keeps_headers(policy, situation);
    let parent = parent(policy, situation, keeps_headers);
    let is_linking = matches!(kind, OperationKind::Receive | OperationKind::Process);
    let of_parent = match parent {
        Parent::Root => Presence::Absent,
        Parent::Current => current,
        Parent::Creation => creation,
        Parent::Process => situation.local.presence(),
    };
    // A settlement alone makes no trace.
    let has_place = kind != OperationKind::Settle || policy.settle_spans && of_parent.is_there();
    // What carries a context was created where that is from.
    let creates = kind != OperationKind::Create || policy.create_spans && !keeps_headers;
    let is_wanted = match policy.spans {
        SpanLevel::Full => true,
        SpanLevel::BatchOnly => is_batch,
        SpanLevel::ContextOnly | SpanLevel::Off => false,
    };
    // A relay that does not continue: the link is all that ties the two messages together.
    let links_relayed = is_outgoing(kind)
        && !keeps_headers
        && parent != Parent::Creation
        && situation.local == Local::Received;
    Plan {
        makes_span: has_place
            && is_wanted
            && creates
            && !(policy.trust_unsampled && of_parent == Presence::Unsampled),
        kind: match kind {
            // The context that travels is not this span's, so this span does not create the message.
            OperationKind::Send if keeps_headers || is_batch && policy.makes_creates() => SpanKind::Client,
            OperationKind::Create | OperationKind::Send => SpanKind::Producer,
            OperationKind::Receive | OperationKind::Settle => SpanKind::Client,
            OperationKind::Process => SpanKind::Consumer,
        },
        parent,
        links_current: kind != OperationKind::Settle
            && current.is_there()
            && matches!(parent, Parent::Creation | Parent::Process),
        links_creation: creation.is_there() && (is_linking || keeps_headers || links_relayed),
        keeps_headers,
    }
}

#[expect(clippy::inline_always, reason = "as for `decide`")]
#[inline(always)]
fn parent(policy: &EffectivePolicy, situation: Situation, keeps_headers: bool) -> Parent {
    let Situation { kind, current, creation, is_only_linked, local, .. } = situation;
    let otherwise = if current.is_there() { Parent::Current } else { Parent::Root };
    // A message that carried no context may be known by itself.
    if kind == OperationKind::Settle && matches!(local, Local::Processed { is_current: false, .. }) {
        return Parent::Process;
    }
    if !creation.is_there() {
        return otherwise;
    }
    match kind {
        // What is sent with a context of its own has its place in the sender's work, not in the message's journey.
        OperationKind::Create | OperationKind::Send if keeps_headers => otherwise,
        OperationKind::Create | OperationKind::Send => match local {
            Local::Processed { is_current: false, .. } => Parent::Process,
            Local::Received if !current.is_there() && policy.correlation != Correlation::Link => {
                Parent::Creation
            }
            _ => otherwise,
        },
        OperationKind::Settle if current.is_there() => Parent::Current,
        OperationKind::Settle if is_only_linked => otherwise,
        OperationKind::Settle => Parent::Creation,
        OperationKind::Receive | OperationKind::Process => match policy.correlation {
            _ if is_only_linked => otherwise,
            Correlation::Link => otherwise,
            Correlation::Nest if current.is_there() => Parent::Current,
            Correlation::Continue | Correlation::Nest => Parent::Creation,
        },
    }
}

#[expect(clippy::inline_always, reason = "as for `decide`")]
#[inline(always)]
fn keeps_headers(policy: &EffectivePolicy, situation: Situation) -> bool {
    is_outgoing(situation.kind)
        && situation.creation.is_there()
        && match policy.existing {
            Existing::Auto => situation.local == Local::Unknown,
            Existing::Keep => true,
            Existing::Replace => false,
        }
}

#[inline]
fn is_outgoing(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::Create | OperationKind::Send)
}

impl Local {
    /// Of the span in which the message was processed.
    fn presence(self) -> Presence {
        match self {
            Self::Processed { is_sampled, .. } => Presence::new(true, is_sampled),
            _ => Presence::Absent,
        }
    }
}

#[cfg(test)]
mod tests;
