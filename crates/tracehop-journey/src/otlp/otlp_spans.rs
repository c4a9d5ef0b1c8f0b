//! The spans of a request.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span, status::StatusCode};

use super::ids::{IS_REMOTE, REMOTE_IS_KNOWN, key, span_id, time};
use super::otlp_value::{attribute, attributes};
use crate::described::Described;
use crate::source::Source;
use crate::span::JourneySpan;
use crate::span_parts::{Lost, SpanEvent, SpanLink, SpanParts, SpanStatus};
use crate::text;

/// The spans of a request.
#[derive(Clone, Debug, Default)]
pub struct OtlpSpans {
    /// Those that can be kept.
    pub spans: Vec<JourneySpan>,
    /// How many have no valid ids.
    pub refused: u64,
}

/// The spans of a request. Those of one resource and one scope share a [`Source`].
pub fn spans_of(request: ExportTraceServiceRequest) -> OtlpSpans {
    let scopes = || request.resource_spans.iter().flat_map(|it| &it.scope_spans);
    let mut read =
        OtlpSpans { spans: Vec::with_capacity(scopes().map(|it| it.spans.len()).sum()), refused: 0 };
    let mut last: Option<Arc<Source>> = None;
    for of_resource in request.resource_spans {
        let resource = of_resource.resource.unwrap_or_default();
        let dropped = resource.dropped_attributes_count;
        let resource = Described::new(resource.attributes.into_iter().map(attribute), dropped);
        // Collectors concatenate requests, so that one resource comes many times.
        let known = last.as_ref().map(|last| last.shared_resource()).filter(|known| **known == resource);
        let resource = known.cloned().unwrap_or(resource);
        for of_scope in of_resource.scope_spans {
            let scope = of_scope.scope.unwrap_or_default();
            let (name, version) = (scope.name, scope.version);
            let scope =
                Described::new(scope.attributes.into_iter().map(attribute), scope.dropped_attributes_count);
            let source = last.take().filter(|last| last.is_of(&resource, &name, &version, &scope));
            let source = source.unwrap_or_else(|| Source::of_scope(&resource, &name, &version, scope));
            for span in of_scope.spans {
                match JourneySpan::new(parts(span), Arc::clone(&source)) {
                    Some(span) => read.spans.push(span),
                    None => read.refused += 1,
                }
            }
            last = Some(source);
        }
    }
    read
}

fn parts(span: Span) -> SpanParts {
    let started = time(span.start_time_unix_nano);
    let of_events = span.events.iter().map(|it| it.dropped_attributes_count);
    let lost_attributes = of_events
        .chain(span.links.iter().map(|it| it.dropped_attributes_count))
        .fold(span.dropped_attributes_count, u32::saturating_add);
    SpanParts {
        key: key(&span.trace_id, &span.span_id),
        parent_span_id: (!span.parent_span_id.is_empty()).then(|| span_id(&span.parent_span_id)),
        parent_is_remote: (span.flags & REMOTE_IS_KNOWN != 0).then_some(span.flags & IS_REMOTE != 0),
        name: Cow::Owned(span.name),
        kind: kind(span.kind),
        started,
        ended: time(span.end_time_unix_nano),
        status: status(span.status),
        attributes: attributes(span.attributes),
        events: span.events.into_iter().map(event).collect(),
        links: span.links.into_iter().map(link).collect(),
        lost: Lost {
            attributes: lost_attributes,
            events: span.dropped_events_count,
            links: span.dropped_links_count,
        },
    }
}

/// Kinds that a later version may add are internal ones, as the unspecified one is.
fn kind(number: i32) -> SpanKind {
    match span::SpanKind::try_from(number) {
        Ok(span::SpanKind::Server) => SpanKind::Server,
        Ok(span::SpanKind::Client) => SpanKind::Client,
        Ok(span::SpanKind::Producer) => SpanKind::Producer,
        Ok(span::SpanKind::Consumer) => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

fn status(status: Option<Status>) -> SpanStatus {
    let Some(status) = status else { return SpanStatus::Unset };
    match StatusCode::try_from(status.code) {
        Ok(StatusCode::Ok) => SpanStatus::Ok,
        Ok(StatusCode::Error) => SpanStatus::Error(text::bounded(&status.message)),
        _ => SpanStatus::Unset,
    }
}

fn link(link: span::Link) -> SpanLink {
    SpanLink { key: key(&link.trace_id, &link.span_id), attributes: attributes(link.attributes).into() }
}

fn event(event: span::Event) -> SpanEvent {
    SpanEvent {
        name: Cow::Owned(event.name),
        at: time(event.time_unix_nano),
        attributes: attributes(event.attributes).into(),
    }
}
