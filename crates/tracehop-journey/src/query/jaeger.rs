//! Answers of Jaeger.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use serde::Deserialize;

use super::answer::Answer;
use super::jaeger_json::{ServicesJson, TracesJson};
use super::jaeger_span::spans_of_trace;
use super::query_error::QueryError;
use crate::otlp::json::TracesJson as OtlpJson;
use crate::otlp::{each_from_json, from_json, spans_of};

/// Reads what `GET /api/traces/{trace id}` and `GET /api/traces?service=…` answer. Times are in microseconds there.
///
/// Jaeger keeps parents and links as references of one list, and turns the parent into a link if it is both. So the first
/// reference to the same trace is the parent.
///
/// # Errors
///
/// If it is not such an answer, or says why there is none.
pub fn jaeger_traces(bytes: &[u8]) -> Result<Answer, QueryError> {
    let answer: TracesJson = from_json(bytes)?;
    if answer.data.is_empty()
        && let Some(error) = answer.errors.first()
    {
        return Err(QueryError::refused(error.code, &error.msg));
    }
    let spans = answer.data.into_iter().flat_map(spans_of_trace).collect();
    Ok(Answer { spans, is_partial: false })
}

/// Reads what `GET /api/v3/traces/{trace id}` answers: OTLP in JSON, maybe in several parts.
///
/// # Errors
///
/// If it is not such an answer, or says why there is none.
pub fn jaeger_v3_traces(bytes: &[u8]) -> Result<Answer, QueryError> {
    let mut answer = Answer::default();
    let mut is_any = false;
    for part in each_from_json::<V3Json>(bytes)? {
        if let Some(error) = part.error {
            return Err(QueryError::refused(error.http_code, &error.message));
        }
        if let Some(result) = part.result {
            is_any = true;
            answer.spans.extend(spans_of(ExportTraceServiceRequest::from(result)).spans);
        }
    }
    if is_any { Ok(answer) } else { Err(QueryError::Refused("the answer holds no result".to_owned())) }
}

/// Reads what `GET /api/services` answers: the names of services.
///
/// # Errors
///
/// If it is not such an answer, or says why there is none.
pub fn jaeger_services(bytes: &[u8]) -> Result<Vec<String>, QueryError> {
    let answer: ServicesJson = from_json(bytes)?;
    match (answer.data, answer.errors.first()) {
        (None, Some(error)) => Err(QueryError::refused(error.code, &error.msg)),
        (names, _) => Ok(names.unwrap_or_default()),
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct V3Json {
    result: Option<OtlpJson>,
    error: Option<V3ErrorJson>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase")]
struct V3ErrorJson {
    http_code: Option<i64>,
    #[serde(default)]
    message: String,
}
