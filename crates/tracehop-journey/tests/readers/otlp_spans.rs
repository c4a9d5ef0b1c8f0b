//! What is read from a span of OTLP.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use tracehop_journey::otlp::spans_of;
use tracehop_journey::{JourneySpan, Lost, SpanStatus, Value};

use crate::requests::{of_service, pair, request, span, string};

fn read(span: Span) -> JourneySpan {
    let mut read = spans_of(request(vec![span]));
    assert_eq!(read.refused, 0);
    read.spans.remove(0)
}

#[test]
fn a_span_keeps_what_it_says() {
    let at = |nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
    let link = Link { trace_id: vec![7; 16], span_id: vec![8; 8], ..Link::default() };
    let event = Event {
        time_unix_nano: 2_000,
        name: "retry".to_owned(),
        attributes: vec![pair("attempt", Any::IntValue(2))],
        ..Event::default()
    };
    let span = read(Span {
        parent_span_id: vec![0, 0, 0, 0, 0, 0, 0, 9],
        name: "process orders".to_owned(),
        kind: 5,
        attributes: vec![
            pair("messaging.destination.name", string("orders")),
            pair("order.id", Any::IntValue(42)),
        ],
        links: vec![link],
        events: vec![event],
        status: Some(Status { code: 2, message: "declined".to_owned() }),
        dropped_attributes_count: 1,
        dropped_events_count: 2,
        dropped_links_count: 3,
        ..span(5)
    });
    let trace = TraceId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(span.key(), (trace, SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, 5])));
    assert_eq!(span.parent(), Some((trace, SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, 9]))));
    assert_eq!((span.name(), span.kind()), ("process orders", &SpanKind::Consumer));
    assert_eq!((span.started(), span.ended()), (at(1_000), at(3_000)));
    assert_eq!(span.status(), &SpanStatus::Error("declined".into()));
    assert_eq!(span.destination(), Some("orders"));
    assert_eq!(span.attribute("order.id"), Some(&Value::I64(42)));
    assert_eq!(span.links(), [(TraceId::from_bytes([7; 16]), SpanId::from_bytes([8; 8]))]);
    let [event] = span.events() else { panic!("one event") };
    assert_eq!((&*event.name, event.at, event.attributes.len()), ("retry", at(2_000), 1));
    assert_eq!(span.lost(), Lost { attributes: 1, events: 2, links: 3 });
    let source = span.source();
    assert_eq!((source.service(), source.scope_name(), source.scope_version()), ("billing", "tracehop", "1"));
}

#[test]
fn attributes_that_events_and_links_have_lost_are_lost_by_the_span() {
    let link = |dropped_attributes_count| Link {
        trace_id: vec![7; 16],
        span_id: vec![8; 8],
        dropped_attributes_count,
        ..Link::default()
    };
    let event = |dropped_attributes_count| Event { dropped_attributes_count, ..Event::default() };
    let losing = |dropped_attributes_count| {
        read(Span {
            dropped_attributes_count,
            links: vec![link(10), link(20)],
            events: vec![event(100), event(200)],
            ..span(1)
        })
    };
    assert_eq!(losing(1).lost(), Lost { attributes: 331, ..Lost::default() });
    assert_eq!(losing(u32::MAX).lost().attributes, u32::MAX);
}

#[test]
fn kinds_and_states_of_later_versions_are_the_plain_ones() {
    let kinds = [
        (0, SpanKind::Internal),
        (1, SpanKind::Internal),
        (2, SpanKind::Server),
        (3, SpanKind::Client),
        (4, SpanKind::Producer),
        (5, SpanKind::Consumer),
        (99, SpanKind::Internal),
        (-1, SpanKind::Internal),
    ];
    for (kind, expected) in kinds {
        assert_eq!(read(Span { kind, ..span(1) }).kind(), &expected, "{kind}");
    }
    for (code, expected) in [(0, SpanStatus::Unset), (1, SpanStatus::Ok), (7, SpanStatus::Unset)] {
        let status = Some(Status { code, message: "why".to_owned() });
        assert_eq!(read(Span { status, ..span(1) }).status(), &expected, "{code}");
    }
}

#[test]
fn flags_say_whether_the_parent_is_remote_and_without_them_the_kind_does() {
    let check = |flags, kind, expected| {
        let span = read(Span { flags, kind, parent_span_id: vec![1; 8], ..span(1) });
        assert_eq!(span.parent_is_remote(), expected, "flags {flags:#x}, kind {kind}");
    };
    check(0x300, 1, true);
    check(0x301, 1, true);
    check(0x100, 2, false);
    check(0x200, 1, false);
    check(0, 2, true);
    check(0, 5, true);
    check(0, 1, false);
}

#[test]
fn values_that_are_no_scalars_are_text_in_json() {
    let any = |value| AnyValue { value: Some(value) };
    let array = |values| Any::ArrayValue(ArrayValue { values });
    let rows = [
        (Any::BoolValue(true), Value::Bool(true)),
        (Any::DoubleValue(0.5), Value::F64(0.5)),
        (array(vec![any(string("a\"b")), any(Any::IntValue(1))]), Value::Json(r#"["a\"b",1]"#.into())),
        (
            Any::KvlistValue(KeyValueList {
                values: vec![pair("k", Any::BoolValue(false)), pair("n", array(Vec::new()))],
            }),
            Value::Json(r#"{"k":false,"n":[]}"#.into()),
        ),
        (Any::BytesValue(vec![0, 255]), Value::Json(r#""AP8=""#.into())),
        (
            array(vec![any(Any::DoubleValue(f64::NAN)), AnyValue::default()]),
            Value::Json(r#"["NaN",null]"#.into()),
        ),
    ];
    for (value, expected) in rows {
        let attributes = vec![pair("key", value)];
        assert_eq!(read(Span { attributes, ..span(1) }).attribute("key"), Some(&expected));
    }
}

#[test]
fn spans_without_valid_ids_are_refused_and_counted() {
    let bad = [
        Span { trace_id: Vec::new(), ..span(1) },
        Span { trace_id: vec![0; 16], ..span(1) },
        Span { trace_id: vec![1; 8], ..span(1) },
        Span { span_id: vec![0; 8], ..span(1) },
        Span { span_id: vec![1; 16], ..span(1) },
    ];
    let count = bad.len() as u64;
    let read = spans_of(request(bad.into_iter().chain([span(2)]).collect()));
    assert_eq!((read.spans.len(), read.refused), (1, count));
}

#[test]
fn a_resource_that_comes_many_times_is_kept_once() {
    let twice = ["billing", "billing", "shipping"];
    let resource_spans =
        twice.into_iter().zip(1..).map(|(name, id)| of_service(name, vec![span(id)])).collect();
    let spans = spans_of(ExportTraceServiceRequest { resource_spans }).spans;
    let sources: Vec<_> = spans.iter().map(JourneySpan::source).collect();
    assert!(Arc::ptr_eq(sources[0], sources[1]));
    assert_eq!((sources[0].service(), sources[2].service()), ("billing", "shipping"));
}

#[test]
fn scopes_that_differ_in_an_attribute_only_are_two() {
    let of_team = |team: &str, id| {
        let mut spans = of_service("billing", vec![span(id)]);
        spans.scope_spans[0].scope.as_mut().unwrap().attributes = vec![pair("team", string(team))];
        spans
    };
    let resource_spans = vec![of_team("a", 1), of_team("a", 2), of_team("b", 3)];
    let spans = spans_of(ExportTraceServiceRequest { resource_spans }).spans;
    let sources: Vec<_> = spans.iter().map(JourneySpan::source).collect();
    assert!(Arc::ptr_eq(sources[0], sources[1]));
    let teams = sources.iter().map(|source| source.scope_attributes()[0].value.to_text());
    assert_eq!(teams.collect::<Vec<_>>(), ["a", "a", "b"]);
}
