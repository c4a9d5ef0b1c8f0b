//! Spans of Jaeger.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};

use super::jaeger_json::{LogJson, ProcessJson, ReferenceJson, SpanJson, TraceJson};
use super::jaeger_tag::TagJson;
use super::padded_ids::padded_key;
use crate::described::Described;
use crate::source::{SERVICE_NAME, Source};
use crate::span::JourneySpan;
use crate::span_parts::{SpanEvent, SpanKey, SpanLink, SpanParts, SpanStatus};
use crate::value::{Attribute, Value};

/// The tags that Jaeger makes of what is no attribute in OpenTelemetry. Scopes were libraries once.
const SPAN_KIND: &str = "span.kind";
const STATUS_CODE: &str = "otel.status_code";
const STATUS_DESCRIPTION: &str = "otel.status_description";
const ERROR: &str = "error";
const SCOPE_NAME: [&str; 2] = ["otel.scope.name", "otel.library.name"];
const SCOPE_VERSION: [&str; 2] = ["otel.scope.version", "otel.library.version"];
const TRACE_STATE: &str = "w3c.tracestate";
const FORMAT: &str = "internal.span.format";

/// The field of a log that is the name of an event.
const EVENT: &str = "event";

pub(super) fn spans_of_trace(trace: TraceJson) -> Vec<JourneySpan> {
    let resources: HashMap<String, Described> = trace
        .processes
        .unwrap_or_default()
        .into_iter()
        .map(|(id, process)| (id, resource(process)))
        .collect();
    let unknown = Described::default();
    let mut sources = HashMap::new();
    let span = |span: SpanJson| {
        let mut tags = Tags::default();
        let attributes = tags.read(span.tags);
        let who = (span.process_id, mem::take(&mut tags.scope_name), mem::take(&mut tags.scope_version));
        let source = sources.entry(who).or_insert_with_key(|(process, name, version)| {
            Source::of_scope(resources.get(process).unwrap_or(&unknown), name, version, Described::default())
        });
        let key = padded_key(&span.trace_id, &span.span_id);
        let started = time(span.start_time);
        let parts = SpanParts {
            key,
            parent_span_id: parent(&span.references, key.0),
            parent_is_remote: None,
            name: Cow::Owned(span.operation_name),
            started,
            ended: started.checked_add(Duration::from_micros(span.duration)).unwrap_or(started),
            attributes,
            events: span.logs.into_iter().map(event).collect(),
            links: links(&span.references, key.0),
            kind: tags.kind.take().unwrap_or(SpanKind::Internal),
            status: tags.status(),
            ..SpanParts::default()
        };
        JourneySpan::new(parts, Arc::clone(source))
    };
    trace.spans.into_iter().filter_map(span).collect()
}

/// What the tags say besides attributes.
#[derive(Default)]
struct Tags {
    kind: Option<SpanKind>,
    scope_name: String,
    scope_version: String,
    status_code: String,
    status_description: String,
    is_error: bool,
}

impl Tags {
    fn read(&mut self, tags: Vec<TagJson>) -> Vec<Attribute> {
        tags.into_iter().filter_map(|tag| self.read_one(tag)).collect()
    }

    fn read_one(&mut self, tag: TagJson) -> Option<Attribute> {
        match tag.key.as_str() {
            SPAN_KIND => self.kind = kind(tag.text()),
            STATUS_CODE => self.status_code = tag.text().into(),
            STATUS_DESCRIPTION => self.status_description = tag.text().into(),
            ERROR if tag.is_true() => self.is_error = true,
            key if SCOPE_NAME.contains(&key) => self.scope_name = tag.text().into(),
            key if SCOPE_VERSION.contains(&key) => self.scope_version = tag.text().into(),
            TRACE_STATE | FORMAT => {}
            _ => return Some(tag.attribute()),
        }
        None
    }

    fn status(&self) -> SpanStatus {
        match self.status_code.as_str() {
            "OK" => SpanStatus::Ok,
            "ERROR" => SpanStatus::Error(self.status_description.as_str().into()),
            _ if self.is_error => SpanStatus::Error(self.status_description.as_str().into()),
            _ => SpanStatus::Unset,
        }
    }
}

fn kind(name: &str) -> Option<SpanKind> {
    match name {
        "server" => Some(SpanKind::Server),
        "client" => Some(SpanKind::Client),
        "producer" => Some(SpanKind::Producer),
        "consumer" => Some(SpanKind::Consumer),
        _ => None,
    }
}

fn resource(process: ProcessJson) -> Described {
    let service = Attribute::new(SERVICE_NAME, Value::text(&process.service_name));
    Described::new(iter::once(service).chain(process.tags.into_iter().map(TagJson::attribute)), 0)
}

/// A parent that is linked to as well comes as `FOLLOWS_FROM`, and stands first.
fn parent(references: &[ReferenceJson], trace: TraceId) -> Option<SpanId> {
    let mut child_of = references.iter().filter(|it| !is_link(it)).map(reference);
    let child_of = child_of.find(|key| key.0 == trace);
    let first = || references.first().map(reference).filter(|key| key.0 == trace);
    child_of.or_else(first).map(|key| key.1)
}

fn links(references: &[ReferenceJson], trace: TraceId) -> Vec<SpanLink> {
    let is_parent = |it: &ReferenceJson| !is_link(it) && reference(it).0 == trace;
    references.iter().filter(|it| !is_parent(it)).map(|it| reference(it).into()).collect()
}

fn is_link(reference: &ReferenceJson) -> bool {
    reference.ref_type != "CHILD_OF"
}

fn reference(reference: &ReferenceJson) -> SpanKey {
    padded_key(&reference.trace_id, &reference.span_id)
}

fn time(micros: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(micros)).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn event(log: LogJson) -> SpanEvent {
    let mut name = Cow::Borrowed("log");
    let mut attributes = Vec::new();
    for field in log.fields {
        match field.key.as_str() {
            EVENT if !field.text().is_empty() => name = Cow::Owned(field.text().to_owned()),
            _ => attributes.push(field.attribute()),
        }
    }
    SpanEvent { name, at: time(log.timestamp), attributes: attributes.into() }
}
