//! Errors.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A transport refused to store a context header. The message can still be sent, without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierError {
    header: Cow<'static, str>,
    reason: Cow<'static, str>,
}

impl CarrierError {
    /// The transport refuses `header` for `reason`, a lower-case phrase such as "name is longer than 255 bytes".
    pub fn refused(header: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { header: header.into(), reason: reason.into() }
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

/// `OTEL_PROPAGATORS` names a propagator that is not built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPropagatorError {
    pub(crate) name: String,
}

impl fmt::Display for UnknownPropagatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OTEL_PROPAGATORS names {:?}, which is not built in: use tracecontext, baggage or none there, \
             and add others with MessagePropagatorBuilder::other",
            self.name
        )
    }
}

impl Error for UnknownPropagatorError {}
