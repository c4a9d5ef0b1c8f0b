//! Spans from the wire.

use std::time::{Duration, SystemTime};

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope as WireScope;
use opentelemetry_proto::tonic::trace::v1::span::{Link as WireLink, SpanKind as WireKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, SpanFlags, Status as WireStatus};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::values::{attributes, span_id, trace_id};
use crate::printable::printable;

/// The span, or why it is none.
pub(super) fn span(span: Span, scope: &InstrumentationScope) -> Result<SpanData, String> {
    let broken = |what: &str, bytes: &[u8]| {
        let (name, id) = (printable(&span.name), bytes.escape_ascii());
        let length = bytes.len();
        format!("the span \"{name}\" has the {what} \"{id}\", {length} bytes")
    };
    let trace = trace_id(&span.trace_id).ok_or_else(|| broken("trace id", &span.trace_id))?;
    let id = span_id(&span.span_id).ok_or_else(|| broken("span id", &span.span_id))?;
    let parent_span_id = match &*span.parent_span_id {
        // Some exporters write zeros for no parent.
        bytes if bytes.iter().all(|byte| *byte == 0) => SpanId::INVALID,
        bytes => span_id(bytes).ok_or_else(|| broken("parent's id", bytes))?,
    };
    let mut events = SpanEvents::default();
    events.dropped_count = span.dropped_events_count;
    events.events.extend(span.events.into_iter().map(|event| {
        let (time, dropped) = (time(event.time_unix_nano), event.dropped_attributes_count);
        Event::new(event.name, time, attributes(event.attributes), dropped)
    }));
    let mut links = SpanLinks::default();
    links.dropped_count = span.dropped_links_count;
    links.links.extend(span.links.into_iter().map(link));
    Ok(SpanData {
        span_context: context(trace, id, span.flags, &span.trace_state),
        parent_span_id,
        parent_span_is_remote: is_remote(span.flags),
        span_kind: kind(span.kind),
        name: span.name.into(),
        start_time: time(span.start_time_unix_nano),
        end_time: time(span.end_time_unix_nano),
        attributes: attributes(span.attributes),
        dropped_attributes_count: span.dropped_attributes_count,
        events,
        links,
        status: status(span.status),
        instrumentation_scope: scope.clone(),
    })
}

pub(super) fn scope(scope: Option<WireScope>) -> InstrumentationScope {
    let scope = scope.unwrap_or_default();
    InstrumentationScope::builder(scope.name)
        .with_version(scope.version)
        .with_attributes(attributes(scope.attributes))
        .build()
}

/// A link to nothing is kept: it leads nowhere, and tests should see that.
fn link(link: WireLink) -> Link {
    let trace = trace_id(&link.trace_id).unwrap_or(TraceId::INVALID);
    let span = span_id(&link.span_id).unwrap_or(SpanId::INVALID);
    let context = context(trace, span, link.flags, &link.trace_state);
    Link::new(context, attributes(link.attributes), link.dropped_attributes_count)
}

fn context(trace: TraceId, span: SpanId, flags: u32, state: &str) -> SpanContext {
    let [trace_flags, ..] = flags.to_le_bytes();
    let state = state.parse().unwrap_or(TraceState::NONE);
    SpanContext::new(trace, span, TraceFlags::new(trace_flags), false, state)
}

/// Whether the parent is marked as one in another process. Exporters from before 2024 do not say.
fn is_remote(flags: u32) -> bool {
    flags & SpanFlags::ContextIsRemoteMask as u32 != 0
}

fn kind(kind: i32) -> SpanKind {
    match WireKind::try_from(kind) {
        Ok(WireKind::Server) => SpanKind::Server,
        Ok(WireKind::Client) => SpanKind::Client,
        Ok(WireKind::Producer) => SpanKind::Producer,
        Ok(WireKind::Consumer) => SpanKind::Consumer,
        Ok(WireKind::Internal | WireKind::Unspecified) | Err(_) => SpanKind::Internal,
    }
}

fn status(status: Option<WireStatus>) -> Status {
    let status = status.unwrap_or_default();
    match StatusCode::try_from(status.code) {
        Ok(StatusCode::Ok) => Status::Ok,
        Ok(StatusCode::Error) => Status::error(status.message),
        Ok(StatusCode::Unset) | Err(_) => Status::Unset,
    }
}

fn time(nanoseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
