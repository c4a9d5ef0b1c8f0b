//! Operations, and the systems that name them.

use std::any::Any;
use std::borrow::Cow;

use opentelemetry::trace::SpanKind;

/// What is done with a message: `messaging.operation.type` of the semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A message is made, to be sent later or in a batch.
    Create,
    /// Messages are given to the broker.
    Send,
    /// Messages are asked for and got.
    Receive,
    /// A message is handled.
    Process,
    /// The broker is told what became of a message.
    Settle,
}

impl Operation {
    /// The conventions' word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Settle => "settle",
        }
    }

    /// The kind of the operation's span. A send whose context is not the creation context is a CLIENT span instead.
    pub(crate) const fn span_kind(self) -> SpanKind {
        match self {
            Self::Create | Self::Send => SpanKind::Producer,
            Self::Receive | Self::Settle => SpanKind::Client,
            Self::Process => SpanKind::Consumer,
        }
    }
}

/// A messaging system: a marker type for each adapter, never a value.
///
/// It makes `impl Inbound<Kafka> for BorrowedMessage` legal, and it is all that core knows of a broker.
///
/// ```
/// use tracehop::{MessagingSystem, Operation};
///
/// #[derive(Debug)]
/// enum Pigeon {}
///
/// impl MessagingSystem for Pigeon {
///     const NAME: &'static str = "pigeon";
///
///     fn operation_name(operation: Operation) -> &'static str {
///         match operation {
///             Operation::Settle => "feed",
///             other => other.as_str(),
///         }
///     }
/// }
///
/// assert_eq!(Pigeon::operation_name(Operation::Send), "send");
/// ```
pub trait MessagingSystem: 'static {
    /// The value of `messaging.system`.
    const NAME: &'static str;

    /// The system's word for an operation, used in span names: Kafka says `poll` for receive. Default: the conventions'.
    fn operation_name(operation: Operation) -> &'static str {
        operation.as_str()
    }

    /// The `error.type` of an error of this system's client: a short code of low cardinality. `None` if `error` is not
    /// one of the client's errors.
    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        let _ = error;
        None
    }
}
