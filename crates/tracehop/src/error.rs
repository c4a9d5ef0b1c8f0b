//! Errors.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A transport refused to store a context header. The message can still be sent, without it.
///
/// ```
/// use tracehop::{CarrierError, CarrierErrorKind};
///
/// let error = CarrierError::new(CarrierErrorKind::Room, "baggage", "1,024 bytes are too many");
/// assert_eq!((error.kind(), error.header()), (CarrierErrorKind::Room, "baggage"));
/// assert_eq!(error.to_string(), r#"header "baggage" was refused: 1,024 bytes are too many"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierError {
    kind: CarrierErrorKind,
    header: Cow<'static, str>,
    reason: Cow<'static, str>,
}

/// Why a transport refused a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CarrierErrorKind {
    /// The transport cannot hold a header of this name.
    Name,
    /// The transport cannot hold this value.
    Value,
    /// There is too little room: for this header, or for the message with it.
    Room,
    /// The transport holds no headers at all.
    NoHeaders,
}

impl CarrierError {
    /// The transport refuses `header` for `reason`, a lower-case phrase such as "name is longer than 255 bytes".
    pub fn new(
        kind: CarrierErrorKind,
        header: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, header: header.into(), reason: reason.into() }
    }

    /// Why the header was refused, as far as a program can tell reasons apart.
    pub fn kind(&self) -> CarrierErrorKind {
        self.kind
    }

    /// The name of the header.
    pub fn header(&self) -> &str {
        &self.header
    }
}

impl fmt::Display for CarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "header {:?} was refused: {}", self.header, self.reason)
    }
}

impl Error for CarrierError {}

/// A stored creation context that cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCreationContextError {
    pub(crate) what: &'static str,
}

impl fmt::Display for ParseCreationContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid creation context: {}", self.what)
    }
}

impl Error for ParseCreationContextError {}

/// The name of a propagator, for example in `OTEL_PROPAGATORS`, that is not built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPropagatorError {
    pub(crate) name: String,
}

impl fmt::Display for UnknownPropagatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no propagator that is built in: use tracecontext, baggage, binary, b3, b3multi, jaeger, xray, \
             datadog, elastic, cloudevents or none in OTEL_PROPAGATORS, and add others with \
             MessagePropagatorBuilder::other",
            self.name
        )
    }
}

impl Error for UnknownPropagatorError {}
