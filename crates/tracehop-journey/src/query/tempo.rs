//! Answers of Tempo.

use opentelemetry::trace::TraceId;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::answer::Answer;
use super::padded_ids::padded_key;
use super::query_error::QueryError;
use crate::otlp::json::{TracesJson, batches, list, text};
use crate::otlp::{TRACES_INSIDE, from_json, from_protobuf, spans_of, traces_from_protobuf};

/// The number of a status that says that there is more.
const PARTIAL: i32 = 1;

/// Reads what `GET /api/traces/{trace id}` and `GET /api/v2/traces/{trace id}` answer in JSON.
///
/// # Errors
///
/// If it is not such an answer.
pub fn tempo_trace(bytes: &[u8]) -> Result<Answer, QueryError> {
    let answer: TraceJson = from_json(bytes)?;
    let of_trace = answer.trace.map(|trace| ExportTraceServiceRequest::from(trace).resource_spans);
    let Some(resource_spans) = of_trace.or(answer.batches).or(answer.resource_spans) else {
        return Err(QueryError::Refused("the answer holds no trace".to_owned()));
    };
    let is_partial = match &answer.status {
        Some(Status::Name(name)) => name == "PARTIAL",
        Some(Status::Number(number)) => *number == PARTIAL,
        None => false,
    };
    Ok(Answer { spans: spans_of(ExportTraceServiceRequest { resource_spans }).spans, is_partial })
}

/// Reads what `GET /api/traces/{trace id}` answers in protobuf: a message of the shape of OTLP's own.
///
/// # Errors
///
/// If it is not such an answer.
pub fn tempo_trace_protobuf(bytes: &[u8]) -> Result<Answer, QueryError> {
    Ok(Answer { spans: spans_of(traces_from_protobuf(bytes)?).spans, is_partial: false })
}

/// Reads what `GET /api/v2/traces/{trace id}` answers in protobuf: the trace in field 1, a status in field 3.
///
/// # Errors
///
/// If it is not such an answer.
pub fn tempo_v2_trace_protobuf(bytes: &[u8]) -> Result<Answer, QueryError> {
    let answer: TraceMessage = from_protobuf(bytes, &TRACES_INSIDE)?;
    let spans = spans_of(answer.trace.unwrap_or_default()).spans;
    Ok(Answer { spans, is_partial: answer.status == PARTIAL })
}

/// Reads what `GET /api/search?q=…` answers: the traces that were found.
///
/// # Errors
///
/// If it is not such an answer.
pub fn tempo_found(bytes: &[u8]) -> Result<Vec<TraceId>, QueryError> {
    let found: FoundJson = from_json(bytes)?;
    let traces = match (found.traces, found.metrics) {
        (Some(traces), _) => traces,
        // Tempo leaves out empty lists, and says what it has searched in any case.
        (None, Some(_)) => Vec::new(),
        (None, None) => {
            return Err(QueryError::Refused("the answer is no list of traces that were found".to_owned()));
        }
    };
    Ok(traces
        .iter()
        .map(|trace| padded_key(&trace.trace_id, "").0)
        .filter(|&id| id != TraceId::INVALID)
        .collect())
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct TraceJson {
    trace: Option<TracesJson>,
    #[serde(default, deserialize_with = "optional_list")]
    batches: Option<Vec<ResourceSpans>>,
    #[serde(rename = "resourceSpans", default, deserialize_with = "optional_list")]
    resource_spans: Option<Vec<ResourceSpans>>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Status {
    Name(String),
    Number(i32),
}

fn optional_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<ResourceSpans>>, D::Error> {
    batches(deserializer).map(Some)
}

#[derive(Clone, PartialEq, prost::Message)]
struct TraceMessage {
    #[prost(message, optional, tag = "1")]
    trace: Option<ExportTraceServiceRequest>,
    #[prost(int32, tag = "3")]
    status: i32,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct FoundJson {
    #[serde(default, deserialize_with = "optional_found")]
    traces: Option<Vec<FoundTraceJson>>,
    metrics: Option<IgnoredAny>,
}

fn optional_found<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<FoundTraceJson>>, D::Error> {
    list::<_, FoundTraceJson, _>(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct FoundTraceJson {
    #[serde(rename = "traceID", default, deserialize_with = "text")]
    trace_id: String,
}
