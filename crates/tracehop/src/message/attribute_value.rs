//! Values of attributes.

use std::fmt;

use opentelemetry::Value;

use super::{InternedStr, bounded};

/// The value of an attribute, borrowed until a span that records needs it. Of a string longer than 1,024 bytes the rest is left
/// out, cut between characters: what comes from the wire may be as long as a message.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// A string of low cardinality, kept for the life of the process (within a bound).
    Name(&'a str),
    /// Any other string.
    Str(&'a str),
    /// An integer.
    Int(i64),
    /// A boolean.
    Bool(bool),
}

impl AttributeValue<'_> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Name(name) => InternedStr::new(name).value(),
            Self::Str(text) => bounded(text).to_owned().into(),
            Self::Int(number) => number.into(),
            Self::Bool(flag) => flag.into(),
        }
    }
}

impl From<AttributeValue<'_>> for Value {
    fn from(value: AttributeValue<'_>) -> Self {
        value.to_value()
    }
}

impl fmt::Debug for AttributeValue<'_> {
    /// Leaves strings out: a message key may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(_) | Self::Str(_) => f.write_str("Str(..)"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Bool(flag) => write!(f, "Bool({flag})"),
        }
    }
}
