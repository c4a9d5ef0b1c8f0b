//! A request with spans in JSON.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span, status};
use serde::Deserialize;

use super::common_json::{KeyValueJson, ResourceJson, ScopeJson};
use super::lenient::{Enum, enumeration, id, list, nullable, number, optional};

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TracesJson {
    #[serde(deserialize_with = "list::<_, ResourceSpansJson, _>")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResourceSpansJson {
    #[serde(deserialize_with = "optional::<_, ResourceJson, _>")]
    resource: Option<Resource>,
    // The name before version 0.15 of OTLP, which old stores still hold.
    #[serde(alias = "instrumentationLibrarySpans", deserialize_with = "list::<_, ScopeSpansJson, _>")]
    scope_spans: Vec<ScopeSpans>,
    #[serde(deserialize_with = "nullable")]
    schema_url: String,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
struct ScopeSpansJson {
    #[serde(alias = "instrumentationLibrary", deserialize_with = "optional::<_, ScopeJson, _>")]
    scope: Option<InstrumentationScope>,
    #[serde(deserialize_with = "list::<_, SpanJson, _>")]
    spans: Vec<Span>,
    #[serde(deserialize_with = "nullable")]
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
    #[serde(deserialize_with = "nullable")]
    trace_state: String,
    #[serde(deserialize_with = "id")]
    parent_span_id: Vec<u8>,
    #[serde(deserialize_with = "number")]
    flags: u32,
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "enumeration::<_, span::SpanKind>")]
    kind: i32,
    #[serde(deserialize_with = "number")]
    start_time_unix_nano: u64,
    #[serde(deserialize_with = "number")]
    end_time_unix_nano: u64,
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
    #[serde(deserialize_with = "list::<_, EventJson, _>")]
    events: Vec<Event>,
    #[serde(deserialize_with = "number")]
    dropped_events_count: u32,
    #[serde(deserialize_with = "list::<_, LinkJson, _>")]
    links: Vec<Link>,
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
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
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
    #[serde(deserialize_with = "nullable")]
    trace_state: String,
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
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
    #[serde(deserialize_with = "nullable")]
    message: String,
    #[serde(deserialize_with = "enumeration::<_, status::StatusCode>")]
    code: i32,
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
        Self { resource: json.resource, scope_spans: json.scope_spans, schema_url: json.schema_url }
    }
}

impl From<ScopeSpansJson> for ScopeSpans {
    fn from(json: ScopeSpansJson) -> Self {
        Self { scope: json.scope, spans: json.spans, schema_url: json.schema_url }
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
            links: json.links,
            dropped_links_count: json.dropped_links_count,
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
