//! What a span did with a message.

use opentelemetry::trace::SpanKind;

/// What a span did with a message: the values of `messaging.operation.type`.
///
/// If a span does not say what it did, its kind decides: a `PRODUCER` sends and a `CONSUMER` processes. So spans of
/// instrumentations that follow older conventions take part in hops too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Made a message ready for a later send, as batch sends do. Other spans refer to this span.
    Create,
    /// Gave one message or a batch to the broker.
    Send,
    /// Asked the broker for messages.
    Receive,
    /// Ran the handler of one message or a batch.
    Process,
    /// Acknowledged or rejected a message, or committed an offset.
    Settle,
}

impl Role {
    pub(crate) fn of(operation_type: Option<&str>, kind: &SpanKind) -> Option<Self> {
        let by_kind = match kind {
            SpanKind::Producer => Some(Self::Send),
            SpanKind::Consumer => Some(Self::Process),
            _ => None,
        };
        match operation_type {
            Some("create") => Some(Self::Create),
            Some("send") => Some(Self::Send),
            Some("receive") => Some(Self::Receive),
            Some("process") => Some(Self::Process),
            Some("settle") => Some(Self::Settle),
            _ => by_kind,
        }
    }

    pub(crate) fn is_producer(self) -> bool {
        matches!(self, Self::Create | Self::Send)
    }

    pub(crate) fn is_consumer(self) -> bool {
        matches!(self, Self::Receive | Self::Process)
    }
}
