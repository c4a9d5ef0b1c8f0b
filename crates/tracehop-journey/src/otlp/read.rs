//! Requests of OTLP from bytes.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::json::{LogsJson, TracesJson};
use super::otlp_error::OtlpError;

/// Reads a request with spans from protobuf.
///
/// # Errors
///
/// If the bytes are not the message.
pub fn traces_from_protobuf(bytes: &[u8]) -> Result<ExportTraceServiceRequest, OtlpError> {
    ExportTraceServiceRequest::decode(bytes).map_err(OtlpError::Protobuf)
}

/// Reads a request with log records from protobuf.
///
/// # Errors
///
/// If the bytes are not the message.
pub fn logs_from_protobuf(bytes: &[u8]) -> Result<ExportLogsServiceRequest, OtlpError> {
    ExportLogsServiceRequest::decode(bytes).map_err(OtlpError::Protobuf)
}

/// Reads a request with spans from JSON.
///
/// It takes what OTLP says, and what senders write in spite of it: names of enums, ids in base64, `null` for what is not
/// there, numbers as strings and strings as numbers. Fields that it does not know are skipped. An id that cannot be read is
/// empty, so that [`spans_of`](super::spans_of) refuses the span and not all of the request.
///
/// # Errors
///
/// If the bytes are not JSON of that shape, or are nested too deep.
pub fn traces_from_json(bytes: &[u8]) -> Result<ExportTraceServiceRequest, OtlpError> {
    serde_json::from_slice::<TracesJson>(bytes).map(Into::into).map_err(OtlpError::Json)
}

/// Reads a request with log records from JSON, as [`traces_from_json`] does.
///
/// # Errors
///
/// If the bytes are not JSON of that shape, or are nested too deep.
pub fn logs_from_json(bytes: &[u8]) -> Result<ExportLogsServiceRequest, OtlpError> {
    serde_json::from_slice::<LogsJson>(bytes).map(Into::into).map_err(OtlpError::Json)
}
