//! What is kept of one request.

use std::time::SystemTime;

use bytes::Bytes;

/// What is kept of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What kind of request it was.
    pub kind: RecordKind,
    /// When it came.
    pub arrived: SystemTime,
    /// The request, as protobuf of OTLP.
    pub bytes: Bytes,
}

/// What kind of request a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// An `ExportTraceServiceRequest`.
    Traces,
    /// An `ExportLogsServiceRequest`.
    Logs,
}

impl RecordKind {
    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Traces => 1,
            Self::Logs => 2,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Traces),
            2 => Some(Self::Logs),
            _ => None,
        }
    }
}
