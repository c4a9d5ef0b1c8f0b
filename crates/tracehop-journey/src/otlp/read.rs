//! Requests of OTLP from bytes.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::de::{DeserializeOwned, Error as _};

use super::json::{LogsJson, Object, TracesJson, mended};
use super::otlp_error::OtlpError;
use super::weight::{LOGS, Shape, TRACES, has_too_many_objects, is_too_heavy};

/// Reads a request with spans from protobuf. Its parts may take 192 MiB in memory.
///
/// # Errors
///
/// If the bytes are not the message, or hold too many parts.
pub fn traces_from_protobuf(bytes: &[u8]) -> Result<ExportTraceServiceRequest, OtlpError> {
    from_protobuf(bytes, &TRACES)
}

/// Reads a request with log records from protobuf. Its parts may take 192 MiB in memory.
///
/// # Errors
///
/// If the bytes are not the message, or hold too many parts.
pub fn logs_from_protobuf(bytes: &[u8]) -> Result<ExportLogsServiceRequest, OtlpError> {
    from_protobuf(bytes, &LOGS)
}

/// Reads a request with spans from JSON.
///
/// It takes what OTLP says, and what senders write in spite of it: names of enums, ids in base64, `null` for what is not
/// there, numbers as strings and strings as numbers. Fields that it does not know are skipped.
///
/// One bad value does not cost the spans beside it. In strings, bytes that are no UTF-8, halves of surrogate pairs and escapes
/// that there are not become U+FFFD. A value that its field cannot hold is left out, as is an attribute, event or link that is
/// no object. An id that cannot be read is empty, so that [`spans_of`](super::spans_of) refuses the span; what should be a span
/// and is no object comes as one without ids, one for each list.
///
/// # Errors
///
/// If the bytes are not JSON of that shape, are nested too deep, or hold more than a million objects.
pub fn traces_from_json(bytes: &[u8]) -> Result<ExportTraceServiceRequest, OtlpError> {
    from_json::<TracesJson>(bytes).map(Into::into)
}

/// Reads requests with spans from JSON that stand one after the other, as the file exporter of the OpenTelemetry Collector
/// writes them: one on each line.
///
/// # Errors
///
/// If the bytes are not such JSON, are nested too deep, or hold more than a million objects.
pub fn traces_from_json_lines(bytes: &[u8]) -> Result<ExportTraceServiceRequest, OtlpError> {
    let mut all = ExportTraceServiceRequest::default();
    for request in each_from_json::<TracesJson>(bytes)? {
        all.resource_spans.extend(ExportTraceServiceRequest::from(request).resource_spans);
    }
    Ok(all)
}

/// Reads a request with log records from JSON, as [`traces_from_json`] does.
///
/// # Errors
///
/// If the bytes are not JSON of that shape, are nested too deep, or hold more than a million objects.
pub fn logs_from_json(bytes: &[u8]) -> Result<ExportLogsServiceRequest, OtlpError> {
    from_json::<LogsJson>(bytes).map(Into::into)
}

/// Reads a message of this shape, if its parts do not take too much.
pub(crate) fn from_protobuf<T: Message + Default>(
    bytes: &[u8],
    shape: &'static Shape,
) -> Result<T, OtlpError> {
    if is_too_heavy(bytes, shape) {
        return Err(OtlpError::TooManyParts);
    }
    T::decode(bytes).map_err(OtlpError::Protobuf)
}

/// Reads one object, if there are not too many in it.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, OtlpError> {
    whole_or_mended(bytes, |bytes| object(serde_json::from_slice(bytes)))
}

/// Reads one object after the other, if there are not too many in all of them.
pub(crate) fn each_from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, OtlpError> {
    whole_or_mended(bytes, |bytes| {
        serde_json::Deserializer::from_slice(bytes).into_iter().map(object).collect()
    })
}

fn object<T>(read: serde_json::Result<Object<T>>) -> serde_json::Result<T> {
    read?.0.ok_or_else(|| serde_json::Error::custom("an object was expected"))
}

/// Reads the text. If that fails, it is read once more without what is broken in its strings.
fn whole_or_mended<T>(bytes: &[u8], read: impl Fn(&[u8]) -> serde_json::Result<T>) -> Result<T, OtlpError> {
    if has_too_many_objects(bytes) {
        return Err(OtlpError::TooManyParts);
    }
    let read_mended = |error| {
        let mended = mended(bytes);
        if mended.as_bytes() == bytes { Err(error) } else { read(mended.as_bytes()) }
    };
    read(bytes).or_else(read_mended).map_err(OtlpError::Json)
}
