//! The keys that samplers read from spans, of the [semantic conventions for messaging].
//!
//! [semantic conventions for messaging]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

#[cfg(feature = "metrics")]
pub(crate) const ERROR_TYPE: &str = "error.type";
#[cfg(feature = "redaction")]
pub(crate) const EXCEPTION_MESSAGE: &str = "exception.message";
#[cfg(feature = "redaction")]
pub(crate) const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
pub(crate) const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";
pub(crate) const MESSAGING_DESTINATION_TEMPLATE: &str = "messaging.destination.template";
/// How the attribute of a recorded header begins: its name in lower case follows.
pub(crate) const MESSAGING_HEADER_PREFIX: &str = "messaging.header.";
pub(crate) const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
pub(crate) const MESSAGING_SYSTEM: &str = "messaging.system";
#[cfg(feature = "metrics")]
/// A metric: spans that ended and were not exported.
pub(crate) const TRACEHOP_SPANS_LOST: &str = "tracehop.spans.lost";
/// Why something happened that an event tells, a string: what a transport or a handler said.
#[cfg(feature = "redaction")]
pub(crate) const TRACEHOP_REASON: &str = "tracehop.reason";
