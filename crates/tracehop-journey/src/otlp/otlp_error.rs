//! What is not OTLP.

use std::fmt;

/// A body that cannot be read as OTLP.
#[derive(Debug)]
#[non_exhaustive]
pub enum OtlpError {
    /// It is not the protobuf message.
    Protobuf(prost::DecodeError),
    /// It is not JSON, or not of the message's shape.
    Json(serde_json::Error),
    /// It holds so many parts that it would take far more memory than its bytes.
    TooManyParts,
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protobuf(error) => write!(f, "the body is not OTLP in protobuf: {error}"),
            Self::Json(error) => write!(f, "the body is not OTLP in JSON: {error}"),
            Self::TooManyParts => {
                f.write_str("the body holds too many parts for one request: send smaller batches")
            }
        }
    }
}

impl std::error::Error for OtlpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Protobuf(error) => Some(error),
            Self::Json(error) => Some(error),
            Self::TooManyParts => None,
        }
    }
}
