//! Spans back into OTLP.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span, Status, span, status::StatusCode,
};

use super::ids::{IS_REMOTE, REMOTE_IS_KNOWN, nanos};
use super::written_value::key_values;
use crate::source::Source;
use crate::span::JourneySpan;
use crate::span_parts::{SpanKey, SpanStatus};
use crate::value::Attribute;

/// The spans as a request of OTLP, grouped by who recorded them.
///
/// It says what the spans have kept. Arrays and maps come back if they were kept whole; else they are text, as bytes are.
pub fn export_request<'a>(spans: impl IntoIterator<Item = &'a JourneySpan>) -> ExportTraceServiceRequest {
    let mut places: HashMap<*const Source, usize> = HashMap::new();
    let mut groups: Vec<(&Source, Vec<Span>)> = Vec::new();
    for span in spans {
        let source = span.source();
        let place = *places.entry(Arc::as_ptr(source)).or_insert_with(|| {
            groups.push((source, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, spans)) = groups.get_mut(place) {
            spans.push(written(span));
        }
    }
    let resource_spans = groups.into_iter().map(|(source, spans)| of_source(source, spans)).collect();
    ExportTraceServiceRequest { resource_spans }
}

/// The spans as OTLP in JSON: what `POST /v1/traces` takes.
pub fn export_json<'a>(spans: impl IntoIterator<Item = &'a JourneySpan>) -> String {
    // No part of a request can fail to be written.
    serde_json::to_string(&export_request(spans)).unwrap_or_default()
}

fn of_source(source: &Source, spans: Vec<Span>) -> ResourceSpans {
    let resource = Resource {
        attributes: key_values(source.resource()),
        dropped_attributes_count: source.resource_lost(),
        ..Resource::default()
    };
    let scope = InstrumentationScope {
        name: source.scope_name().to_owned(),
        version: source.scope_version().to_owned(),
        attributes: key_values(source.scope_attributes()),
        dropped_attributes_count: source.scope_lost(),
    };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }
}

fn written(span: &JourneySpan) -> Span {
    let lost = span.lost();
    let parent = span.parent_span_id();
    let is_remote = if span.parent_is_remote() { IS_REMOTE } else { 0 };
    Span {
        trace_id: span.trace_id().to_bytes().to_vec(),
        span_id: span.span_id().to_bytes().to_vec(),
        parent_span_id: parent.map(|id| id.to_bytes().to_vec()).unwrap_or_default(),
        flags: if parent.is_some() { REMOTE_IS_KNOWN | is_remote } else { 0 },
        name: span.name().to_owned(),
        kind: kind(span.kind()) as i32,
        start_time_unix_nano: nanos(span.started()),
        end_time_unix_nano: nanos(span.ended()),
        attributes: key_values(span.attributes()),
        dropped_attributes_count: lost.attributes,
        events: span
            .events()
            .iter()
            .map(|event| Event {
                time_unix_nano: nanos(event.at),
                name: event.name.clone().into_owned(),
                attributes: key_values(&event.attributes),
                ..Event::default()
            })
            .collect(),
        dropped_events_count: lost.events,
        links: span.links_with_attributes().map(link).collect(),
        dropped_links_count: lost.links,
        status: status(span.status()),
        ..Span::default()
    }
}

fn kind(kind: &SpanKind) -> span::SpanKind {
    match kind {
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
        SpanKind::Internal => span::SpanKind::Internal,
    }
}

fn link((key, attributes): (SpanKey, &[Attribute])) -> Link {
    Link {
        trace_id: key.0.to_bytes().to_vec(),
        span_id: key.1.to_bytes().to_vec(),
        attributes: key_values(attributes),
        ..Link::default()
    }
}

fn status(status: &SpanStatus) -> Option<Status> {
    match status {
        SpanStatus::Unset => None,
        SpanStatus::Ok => Some(Status { message: String::new(), code: StatusCode::Ok as i32 }),
        SpanStatus::Error(message) => {
            Some(Status { message: message.to_string(), code: StatusCode::Error as i32 })
        }
    }
}
