//! Spans that go back into OTLP.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use tracehop_journey::otlp::{export_json, export_request, spans_of, traces_from_json};

use crate::requests::{of_service, pair, request, span, string};

#[test]
fn what_was_kept_comes_back() {
    let any = |value| AnyValue { value: Some(value) };
    let link =
        |id, attributes| Link { trace_id: vec![3; 16], span_id: vec![id; 8], attributes, ..Link::default() };
    let array = Any::ArrayValue(ArrayValue { values: vec![any(string("a")), any(Any::DoubleValue(0.5))] });
    let rich = Span {
        parent_span_id: vec![9; 8],
        flags: 0x300,
        kind: 5,
        attributes: vec![
            pair("array", array),
            pair("map", Any::KvlistValue(KeyValueList { values: vec![pair("k", Any::BoolValue(true))] })),
            pair("number", Any::IntValue(i64::MAX)),
            pair("messaging.system", string("kafka")),
        ],
        events: vec![Event { time_unix_nano: 5, name: "e".to_owned(), ..Event::default() }],
        links: vec![
            link(4, Vec::new()),
            link(4, vec![pair("messaging.message.id", string("m-1"))]),
            link(5, Vec::new()),
        ],
        status: Some(Status { code: 2, message: "m".to_owned() }),
        dropped_links_count: 7,
        ..span(1)
    };
    let mut request = request(vec![rich, Span { kind: 1, ..span(2) }]);
    request.resource_spans.push(of_service("shipping", vec![Span { kind: 2, ..span(3) }]));
    let of_shipping = &mut request.resource_spans[1];
    of_shipping.resource.as_mut().unwrap().dropped_attributes_count = 3;
    let scope = of_shipping.scope_spans[0].scope.as_mut().unwrap();
    scope.attributes = vec![pair("team", string("logistics")), pair("build", Any::IntValue(7))];
    scope.dropped_attributes_count = 4;
    let spans = spans_of(request.clone()).spans;
    assert_eq!(export_request(&spans), request);
    assert_eq!(traces_from_json(export_json(&spans).as_bytes()).unwrap(), request);
}

#[test]
fn what_is_cut_of_a_resource_and_of_a_scope_is_counted() {
    let many = || (0..70).map(|place| pair(&format!("k{place}"), Any::IntValue(place))).collect::<Vec<_>>();
    let mut request = request(vec![span(1)]);
    let sent = &mut request.resource_spans[0];
    *sent.resource.as_mut().unwrap() =
        Resource { attributes: many(), dropped_attributes_count: 1, ..Resource::default() };
    let scope = sent.scope_spans[0].scope.as_mut().unwrap();
    (scope.attributes, scope.dropped_attributes_count) = (many(), 2);
    let spans = spans_of(request).spans;
    let source = spans[0].source();
    assert_eq!((source.resource().len(), source.scope_attributes().len()), (64, 64));
    assert_eq!((source.resource_lost(), source.scope_lost()), (7, 8));
    let written = export_request(&spans);
    assert_eq!(written.resource_spans[0].resource.as_ref().unwrap().dropped_attributes_count, 7);
}

#[test]
fn values_that_were_cut_are_text() {
    let values = vec![AnyValue { value: Some(string(&"x".repeat(100))) }; 100];
    let attributes =
        vec![pair("long", Any::ArrayValue(ArrayValue { values })), pair("nan", Any::DoubleValue(f64::NAN))];
    let spans = spans_of(request(vec![Span { attributes, ..span(1) }])).spans;
    let written = export_request(&spans);
    let attributes = &written.resource_spans[0].scope_spans[0].spans[0].attributes;
    let text = |place: usize| match &attributes[place].value.as_ref().unwrap().value {
        Some(Any::StringValue(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert!(text(0).starts_with(r#"["xxx"#));
    assert_eq!(text(1), "NaN");
}
