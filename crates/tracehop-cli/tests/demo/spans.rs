//! Spans and lines of logs, as these tests look at them.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

/// A trace, and a span in it.
pub(crate) type Id = (Vec<u8>, Vec<u8>);

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) id: Id,
    pub(crate) parent: Option<Id>,
    pub(crate) links: Vec<Id>,
    pub(crate) name: String,
    pub(crate) started: u64,
    pub(crate) ended: u64,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) events: Vec<String>,
    pub(crate) has_failed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) service: String,
    pub(crate) span: Id,
    pub(crate) body: String,
}

impl Span {
    /// `messaging.operation.type`, or nothing.
    pub(crate) fn operation(&self) -> &str {
        self.get("messaging.operation.type")
    }

    /// `messaging.destination.name`, or nothing.
    pub(crate) fn destination(&self) -> &str {
        self.get("messaging.destination.name")
    }

    pub(crate) fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn is(&self, operation: &str, destination: &str) -> bool {
        self.operation() == operation && self.destination() == destination
    }
}

pub(crate) fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut found = Vec::new();
    for of_resource in request.resource_spans {
        let resource = resource(of_resource.resource);
        let of_scopes = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        found.extend(of_scopes.map(|span| Span {
            service: resource["service.name"].clone(),
            resource: resource.clone(),
            parent: (!span.parent_span_id.is_empty()).then(|| (span.trace_id.clone(), span.parent_span_id)),
            id: (span.trace_id, span.span_id),
            links: span.links.into_iter().map(|link| (link.trace_id, link.span_id)).collect(),
            name: span.name,
            started: span.start_time_unix_nano,
            ended: span.end_time_unix_nano,
            attributes: map(span.attributes),
            events: span.events.into_iter().map(|event| event.name).collect(),
            has_failed: span.status.is_some_and(|status| status.code() == StatusCode::Error),
        }));
    }
    found
}

pub(crate) fn lines(request: ExportLogsServiceRequest) -> Vec<Line> {
    let mut found = Vec::new();
    for of_resource in request.resource_logs {
        let service = resource(of_resource.resource)["service.name"].clone();
        let records = of_resource.scope_logs.into_iter().flat_map(|scope| scope.log_records);
        found.extend(records.map(|record| Line {
            service: service.clone(),
            span: (record.trace_id, record.span_id),
            body: record.body.and_then(|body| body.value).map(text).unwrap_or_default(),
        }));
    }
    found
}

fn resource(resource: Option<Resource>) -> BTreeMap<String, String> {
    map(resource.unwrap_or_default().attributes)
}

fn map(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let value = |attribute: KeyValue| Some((attribute.key, text(attribute.value?.value?)));
    attributes.into_iter().filter_map(value).collect()
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::BoolValue(value) => value.to_string(),
        Value::IntValue(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}
