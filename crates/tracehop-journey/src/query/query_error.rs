//! An answer without spans.

use std::fmt;

use crate::otlp::OtlpError;
use crate::text;

/// How many columns of a message of others are shown.
const MAX_MESSAGE: usize = 200;

/// An answer without spans.
#[derive(Debug)]
#[non_exhaustive]
pub enum QueryError {
    /// It is not what the API answers: something else may listen at the address.
    Unreadable(OtlpError),
    /// The trace is not there.
    NotFound,
    /// The store says why it does not answer.
    Refused(String),
}

impl QueryError {
    pub(super) fn refused(code: Option<i64>, message: &str) -> Self {
        match code {
            Some(404) => Self::NotFound,
            _ => Self::Refused(text::fit(message, MAX_MESSAGE)),
        }
    }
}

impl From<OtlpError> for QueryError {
    fn from(error: OtlpError) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(OtlpError::Json(error)) => {
                write!(f, "the answer is not the JSON of this API: {error}")
            }
            Self::Unreadable(OtlpError::Protobuf(error)) => {
                write!(f, "the answer is not the protobuf of this API: {error}")
            }
            Self::Unreadable(OtlpError::TooManyParts) => {
                f.write_str("the answer holds too many parts to be read")
            }
            Self::NotFound => f.write_str("there is no such trace"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for QueryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::NotFound | Self::Refused(_) => None,
        }
    }
}
