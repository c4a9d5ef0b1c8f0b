//! What a span came of.

use crate::carried::carried;
use crate::lookup::Lookup;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// What a span came of: the step back on the way to the begin of its journey.
///
/// A handler came of its message, not of the loop in which it ran. What a handler does came of the handler; but if it handled a
/// batch, and what it does names one of the messages in a link, that came of this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing is known: here a journey begins.
    Start,
    /// One span, which may not be here.
    One(SpanKey),
    /// Several messages, in order: a batch of them. Each may not be here.
    Many(Box<[SpanKey]>),
}

impl Cause {
    pub(crate) fn of(spans: &impl Lookup, span: &JourneySpan) -> Self {
        match span.role() {
            Some(Role::Process | Role::Receive) => Self::of_consumer(spans, span),
            // Without a context of its own it sends on what others made. Of its own trace are the messages that it makes itself.
            Some(Role::Send) if !span.has_own_context() => {
                let mut made_elsewhere = span.links().to_vec();
                made_elsewhere.retain(|link| link.0 != span.trace_id());
                match (Self::of_messages(spans, made_elsewhere), span.parent()) {
                    (Self::Start, Some(_)) => Self::of_parent(spans, span),
                    (of_messages, _) => of_messages,
                }
            }
            _ => Self::of_parent(spans, span),
        }
    }

    /// The spans that it names.
    pub(crate) fn keys(&self) -> &[SpanKey] {
        match self {
            Self::Start => &[],
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
        }
    }

    fn of_consumer(spans: &impl Lookup, span: &JourneySpan) -> Self {
        let of_messages = Self::of_messages(spans, carried(spans, span));
        if of_messages != Self::Start {
            return of_messages;
        }
        // What was merely active around a handler, such as the loop of a consumer, handles many messages.
        match span.parent() {
            Some(parent) if spans.span(parent).is_none_or(|it| it.role().is_some()) => Self::One(parent),
            _ => Self::Start,
        }
    }

    fn of_parent(spans: &impl Lookup, span: &JourneySpan) -> Self {
        let Some(parent) = span.parent() else { return Self::of_messages(spans, span.links().to_vec()) };
        let Some(batch) = spans.span(parent).filter(|it| handles_several(it)) else {
            return Self::One(parent);
        };
        let is_message = |link: &SpanKey| spans.span(*link).is_none_or(is_producer);
        let own: Vec<SpanKey> =
            span.links().iter().copied().filter(|link| batch.links().contains(link)).collect();
        match Self::of_messages(spans, own.into_iter().filter(is_message).collect()) {
            Self::Start => Self::One(parent),
            of_messages => of_messages,
        }
    }

    /// Of links to messages and to what was active, those to messages count.
    fn of_messages(spans: &impl Lookup, mut keys: Vec<SpanKey>) -> Self {
        let producer = |key: &SpanKey| spans.span(*key).map(is_producer);
        if keys.len() > 1 && keys.iter().any(|key| producer(key) == Some(true)) {
            keys.retain(|key| producer(key) != Some(false));
        }
        keys.sort_unstable_by_key(|(trace, span)| (trace.to_bytes(), span.to_bytes()));
        keys.dedup();
        match *keys {
            [] => Self::Start,
            [one] => Self::One(one),
            _ => Self::Many(keys.into()),
        }
    }
}

fn is_producer(span: &JourneySpan) -> bool {
    span.role().is_some_and(Role::is_producer)
}

/// Whether a consumer span has several messages. If its parent is among its links, that is its only one.
fn handles_several(span: &JourneySpan) -> bool {
    span.role().is_some_and(Role::is_consumer)
        && span.links().len() > 1
        && span.parent().is_none_or(|parent| !span.links().contains(&parent))
}
