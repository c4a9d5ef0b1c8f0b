//! A request with spans in JSON.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span, status};
use serde::{Deserialize, Deserializer};

use super::common_json::{KeyValueJson, ResourceJson, ScopeJson};
use super::enumeration::{Enum, enumeration};
use super::id::id;
use super::list::{Counted, list_or, parts, parts_counted, parts_or};
use super::number::number;
use super::object::optional;
use super::text::text;

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TracesJson {
    #[serde(deserialize_with = "batches")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct ResourceSpansJson {
    #[serde(deserialize_with = "optional::<_, ResourceJson, _>")]
    resource: Option<Resource>,
    #[serde(deserialize_with = "scopes")]
    scope_spans: Vec<ScopeSpans>,
    // The name before version 0.15 of OTLP, which old stores still hold.
    #[serde(deserialize_with = "scopes")]
    instrumentation_library_spans: Vec<ScopeSpans>,
    #[serde(deserialize_with = "text")]
    schema_url: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct ScopeSpansJson {
    #[serde(deserialize_with = "optional::<_, ScopeJson, _>")]
    scope: Option<InstrumentationScope>,
    #[serde(deserialize_with = "optional::<_, ScopeJson, _>")]
    instrumentation_library: Option<InstrumentationScope>,
    #[serde(deserialize_with = "spans")]
    spans: Vec<Span>,
    #[serde(deserialize_with = "text")]
    schema_url: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct SpanJson {
    #[serde(deserialize_with = "id")]
    trace_id: Vec<u8>,
    #[serde(deserialize_with = "id")]
    span_id: Vec<u8>,
    #[serde(deserialize_with = "text")]
    trace_state: String,
    #[serde(deserialize_with = "id")]
    parent_span_id: Vec<u8>,
    #[serde(deserialize_with = "number")]
    flags: u32,
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(deserialize_with = "enumeration::<_, span::SpanKind>")]
    kind: i32,
    #[serde(deserialize_with = "number")]
    start_time_unix_nano: u64,
    #[serde(deserialize_with = "number")]
    end_time_unix_nano: u64,
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
    #[serde(deserialize_with = "parts::<_, EventJson, _>")]
    events: Vec<Event>,
    #[serde(deserialize_with = "number")]
    dropped_events_count: u32,
    #[serde(deserialize_with = "parts_counted::<_, LinkJson, _>")]
    links: Counted<Link>,
    #[serde(deserialize_with = "number")]
    dropped_links_count: u32,
    #[serde(deserialize_with = "optional::<_, StatusJson, _>")]
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct EventJson {
    #[serde(deserialize_with = "number")]
    time_unix_nano: u64,
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct LinkJson {
    #[serde(deserialize_with = "id")]
    trace_id: Vec<u8>,
    #[serde(deserialize_with = "id")]
    span_id: Vec<u8>,
    #[serde(deserialize_with = "text")]
    trace_state: String,
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
    #[serde(deserialize_with = "number")]
    flags: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
struct StatusJson {
    #[serde(deserialize_with = "text")]
    message: String,
    #[serde(deserialize_with = "enumeration::<_, status::StatusCode>")]
    code: i32,
}

/// The spans by who recorded them.
pub(crate) fn batches<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ResourceSpans>, D::Error> {
    list_or::<_, ResourceSpansJson, _>(deserializer, || Some(refused_resource()))
}

fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ScopeSpans>, D::Error> {
    parts_or::<_, ScopeSpansJson, _>(deserializer, || Some(refused_scope()))
}

fn spans<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Span>, D::Error> {
    parts_or::<_, SpanJson, _>(deserializer, || Some(refused_span()))
}

/// What stands for spans that cannot be read: one without ids, which is refused and counted, so that the sender is told.
fn refused_span() -> Span {
    Span::default()
}

fn refused_scope() -> ScopeSpans {
    ScopeSpans { spans: vec![refused_span()], ..ScopeSpans::default() }
}

fn refused_resource() -> ResourceSpans {
    ResourceSpans { scope_spans: vec![refused_scope()], ..ResourceSpans::default() }
}

impl Enum for span::SpanKind {
    fn number(name: &str) -> Option<i32> {
        Self::from_str_name(name).map(|it| it as i32)
    }
}

impl Enum for status::StatusCode {
    fn number(name: &str) -> Option<i32> {
        Self::from_str_name(name).map(|it| it as i32)
    }
}

impl From<TracesJson> for ExportTraceServiceRequest {
    fn from(json: TracesJson) -> Self {
        Self { resource_spans: json.resource_spans }
    }
}

impl From<ResourceSpansJson> for ResourceSpans {
    fn from(json: ResourceSpansJson) -> Self {
        let mut scope_spans = json.scope_spans;
        scope_spans.extend(json.instrumentation_library_spans);
        Self { resource: json.resource, scope_spans, schema_url: json.schema_url }
    }
}

impl From<ScopeSpansJson> for ScopeSpans {
    fn from(json: ScopeSpansJson) -> Self {
        let scope = json.scope.or(json.instrumentation_library);
        Self { scope, spans: json.spans, schema_url: json.schema_url }
    }
}

impl From<SpanJson> for Span {
    fn from(json: SpanJson) -> Self {
        Self {
            trace_id: json.trace_id,
            span_id: json.span_id,
            trace_state: json.trace_state,
            parent_span_id: json.parent_span_id,
            flags: json.flags,
            name: json.name,
            kind: json.kind,
            start_time_unix_nano: json.start_time_unix_nano,
            end_time_unix_nano: json.end_time_unix_nano,
            attributes: json.attributes,
            dropped_attributes_count: json.dropped_attributes_count,
            events: json.events,
            dropped_events_count: json.dropped_events_count,
            links: json.links.read,
            dropped_links_count: json.dropped_links_count.saturating_add(json.links.unreadable),
            status: json.status,
        }
    }
}

impl From<EventJson> for Event {
    fn from(json: EventJson) -> Self {
        let EventJson { time_unix_nano, name, attributes, dropped_attributes_count } = json;
        Self { time_unix_nano, name, attributes, dropped_attributes_count }
    }
}

impl From<LinkJson> for Link {
    fn from(json: LinkJson) -> Self {
        let LinkJson { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags } = json;
        Self { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags }
    }
}

impl From<StatusJson> for Status {
    fn from(json: StatusJson) -> Self {
        Self { message: json.message, code: json.code }
    }
}
