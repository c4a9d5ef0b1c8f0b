//! Requests of OTLP to read.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

pub(crate) fn pair(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}

pub(crate) fn string(text: &str) -> any_value::Value {
    any_value::Value::StringValue(text.to_owned())
}

/// A span of trace 1 with this id.
pub(crate) fn span(id: u8) -> Span {
    Span {
        trace_id: [[0; 15].as_slice(), &[1]].concat(),
        span_id: [[0; 7].as_slice(), &[id]].concat(),
        name: format!("span {id}"),
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 3_000,
        ..Span::default()
    }
}

pub(crate) fn of_service(service: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource {
            attributes: vec![pair("service.name", string(service))],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "tracehop".to_owned(),
                version: "1".to_owned(),
                ..InstrumentationScope::default()
            }),
            spans,
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    }
}

pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans: vec![of_service("billing", spans)] }
}
