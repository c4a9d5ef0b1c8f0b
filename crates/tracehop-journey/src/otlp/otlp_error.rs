//! What is not OTLP.

use std::fmt;

/// A body that is not OTLP.
#[derive(Debug)]
#[non_exhaustive]
pub enum OtlpError {
    /// It is not the protobuf message.
    Protobuf(prost::DecodeError),
    /// It is not JSON, or not of the message's shape.
    Json(serde_json::Error),
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protobuf(error) => write!(f, "the body is not OTLP in protobuf: {error}"),
            Self::Json(error) => write!(f, "the body is not OTLP in JSON: {error}"),
        }
    }
}

impl std::error::Error for OtlpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Protobuf(error) => Some(error),
            Self::Json(error) => Some(error),
        }
    }
}
