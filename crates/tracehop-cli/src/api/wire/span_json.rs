//! One span.

use opentelemetry::trace::SpanKind;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tracehop_journey::{Attribute, JourneyId, JourneySpan, LogLine, SpanKey, SpanStatus, Value};

use super::numbers::{nanos, unix_nanos};

/// One span, with the log lines that were written in it and the spans that link to it.
#[derive(Debug, Serialize)]
pub(crate) struct SpanJson<'a> {
    trace_id: String,
    span_id: String,
    parent_span_id: Option<String>,
    name: &'a str,
    service: &'a str,
    kind: &'static str,
    started_unix_ns: u64,
    duration_ns: u64,
    status: &'static str,
    status_message: Option<&'a str>,
    error: Option<&'a str>,
    attributes: Map<String, Json>,
    events: Vec<EventJson<'a>>,
    links: Vec<LinkJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links_in: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<LogJson<'a>>,
    lost_attributes: u32,
    lost_events: u32,
    lost_links: u32,
    resource: Map<String, Json>,
    scope_name: &'a str,
    scope_version: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    scope_attributes: Map<String, Json>,
}

#[derive(Debug, Serialize)]
struct EventJson<'a> {
    name: &'a str,
    at_unix_ns: u64,
    attributes: Map<String, Json>,
}

#[derive(Debug, Serialize)]
struct LinkJson {
    key: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Json>,
}

#[derive(Debug, Serialize)]
struct LogJson<'a> {
    at_unix_ns: u64,
    severity: &'a str,
    body: &'a str,
    attributes: Map<String, Json>,
}

impl<'a> SpanJson<'a> {
    pub(crate) fn of(span: &'a JourneySpan, links_in: &[SpanKey], logs: &'a [LogLine]) -> Self {
        let (status, status_message) = match span.status() {
            SpanStatus::Unset => ("unset", None),
            SpanStatus::Ok => ("ok", None),
            SpanStatus::Error(message) => ("error", (!message.is_empty()).then_some(message.as_ref())),
        };
        let events = span.events().iter().map(|event| EventJson {
            name: &event.name,
            at_unix_ns: unix_nanos(event.at),
            attributes: attributes(&event.attributes),
        });
        let logs = logs.iter().map(|line| LogJson {
            at_unix_ns: unix_nanos(line.at),
            severity: &line.severity,
            body: &line.body,
            attributes: attributes(&line.attributes),
        });
        let links = span
            .links_with_attributes()
            .map(|(key, said)| LinkJson { key: key_text(key), attributes: attributes(said) });
        let lost = span.lost();
        Self {
            trace_id: span.trace_id().to_string(),
            span_id: span.span_id().to_string(),
            parent_span_id: span.parent_span_id().map(|id| id.to_string()),
            name: span.name(),
            service: span.service(),
            kind: kind_text(span.kind()),
            started_unix_ns: unix_nanos(span.started()),
            duration_ns: nanos(span.duration()),
            status,
            status_message,
            error: span.error(),
            attributes: attributes(span.attributes()),
            events: events.collect(),
            links: links.collect(),
            links_in: links_in.iter().copied().map(key_text).collect(),
            logs: logs.collect(),
            lost_attributes: lost.attributes,
            lost_events: lost.events,
            lost_links: lost.links,
            resource: attributes(span.source().resource()),
            scope_name: span.source().scope_name(),
            scope_version: span.source().scope_version(),
            scope_attributes: attributes(span.source().scope_attributes()),
        }
    }
}

/// A span's kind in one word.
pub(crate) fn kind_text(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

/// A span's identity in one word: `{trace id}-{span id}`, as journeys are named too.
pub(crate) fn key_text(key: SpanKey) -> String {
    JourneyId(key).to_string()
}

/// The span that a word names.
pub(crate) fn read_key(text: &str) -> Option<SpanKey> {
    text.parse::<JourneyId>().ok().map(|id| id.0)
}

/// If a key is there twice, the last one counts.
fn attributes(attributes: &[Attribute]) -> Map<String, Json> {
    attributes.iter().map(|attribute| (attribute.key.clone().into_owned(), json(&attribute.value))).collect()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => Json::Bool(*truth),
        Value::I64(number) => Json::from(*number),
        Value::F64(number) => Json::from(*number),
        // A text in JSON that was cut is none any more.
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_ref())),
        other => Json::from(other.to_text()),
    }
}
