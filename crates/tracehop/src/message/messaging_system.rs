//! The systems that name operations.

use std::any::Any;
use std::borrow::Cow;

use super::OperationKind;

/// A messaging system: a marker type for each adapter, never a value.
///
/// It makes `impl Inbound<Kafka> for BorrowedMessage` legal, and it is all that core knows of a broker.
///
/// A system may have several words for one kind of operation: NATS has `publish` and `request` for a send. The trait tells
/// the usual word; the others are given where the operation starts, as in [`ClientTracer::send_as`] and
/// [`ClientTracer::settle`].
///
/// [`ClientTracer::send_as`]: crate::ClientTracer::send_as
/// [`ClientTracer::settle`]: crate::ClientTracer::settle
///
/// ```
/// use tracehop::{MessagingSystem, OperationKind};
///
/// #[derive(Debug)]
/// enum Pigeon {}
///
/// impl MessagingSystem for Pigeon {
///     const NAME: &'static str = "pigeon";
///
///     fn operation_name(kind: OperationKind) -> &'static str {
///         match kind {
///             OperationKind::Settle => "feed",
///             other => other.as_str(),
///         }
///     }
/// }
///
/// assert_eq!(Pigeon::operation_name(OperationKind::Send), "send");
/// ```
pub trait MessagingSystem: 'static {
    /// The value of `messaging.system`.
    const NAME: &'static str;

    /// The system's usual word for a kind of operation, used in span names: Kafka says `poll` for receive. Default: the
    /// conventions' word.
    fn operation_name(kind: OperationKind) -> &'static str {
        kind.as_str()
    }

    /// The `error.type` of an error of this system's client: a short code of low cardinality. `None` if `error` is not
    /// one of the client's errors.
    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        let _ = error;
        None
    }
}
