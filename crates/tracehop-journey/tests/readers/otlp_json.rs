//! OTLP in JSON, as the specification writes it and as senders do.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use prost::Message as _;
use tracehop_journey::otlp::{traces_from_json, traces_from_protobuf};

use crate::requests::{pair, request, span, string};

fn only_span(json: &str) -> Span {
    let request = traces_from_json(json.as_bytes()).unwrap();
    request.resource_spans[0].scope_spans[0].spans[0].clone()
}

/// A request whose only span has these fields.
fn with(fields: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#)
}

#[test]
fn what_the_library_writes_is_read_as_it_was() {
    let span = Span {
        kind: 4,
        flags: 0x301,
        trace_state: "a=b".to_owned(),
        attributes: vec![
            pair("s", string("é\"\n")),
            pair("i", Any::IntValue(i64::MIN)),
            pair("d", Any::DoubleValue(1.5)),
            pair("b", Any::BoolValue(true)),
            pair("y", Any::BytesValue(vec![1, 2, 255])),
        ],
        ..span(3)
    };
    let request = request(vec![span]);
    let json = serde_json::to_vec(&request).unwrap();
    assert_eq!(traces_from_json(&json).unwrap(), request);
    assert_eq!(traces_from_protobuf(&request.encode_to_vec()).unwrap(), request);
}

#[test]
fn senders_may_write_it_differently() {
    let hex = r#""traceId":"000000000000000000000000000000FF","spanId":"00000000000000ff""#;
    let base64 = r#""traceId":"AAAAAAAAAAAAAAAAAAAA/w==","spanId":"AAAAAAAAAP8=""#;
    let unpadded = r#""traceId":"AAAAAAAAAAAAAAAAAAAA_w","spanId":"AAAAAAAAAP8""#;
    for ids in [hex, base64, unpadded] {
        let span = only_span(&with(ids));
        assert_eq!((span.trace_id[15], span.trace_id.len()), (255, 16), "{ids}");
        assert_eq!((span.span_id[7], span.span_id.len()), (255, 8), "{ids}");
    }

    let check = |fields: &str, expected: Span| assert_eq!(only_span(&with(fields)), expected, "{fields}");
    check(r#""kind":2"#, Span { kind: 2, ..Span::default() });
    check(r#""kind":"SPAN_KIND_SERVER""#, Span { kind: 2, ..Span::default() });
    check(r#""kind":"SPAN_KIND_OF_TOMORROW""#, Span::default());
    check(
        r#""startTimeUnixNano":"5","endTimeUnixNano":6"#,
        Span { start_time_unix_nano: 5, end_time_unix_nano: 6, ..Span::default() },
    );
    check(r#""flags":null,"name":null,"attributes":null,"status":null,"parentSpanId":"""#, Span::default());
    check(
        r#""ofTomorrow":{"a":[1,{"b":null}]},"name":"n""#,
        Span { name: "n".to_owned(), ..Span::default() },
    );
}

#[test]
fn values_of_all_kinds_are_read() {
    let check = |value: &str, expected: Option<Any>| {
        let span = only_span(&with(&format!(r#""attributes":[{{"key":"k","value":{value}}}]"#)));
        assert_eq!(span.attributes[0].value.clone().and_then(|it| it.value), expected, "{value}");
    };
    check(r#"{"intValue":"-9223372036854775808"}"#, Some(Any::IntValue(i64::MIN)));
    check(r#"{"intValue":7}"#, Some(Any::IntValue(7)));
    check(r#"{"intValue":7.0}"#, Some(Any::IntValue(7)));
    check(r#"{"doubleValue":1}"#, Some(Any::DoubleValue(1.0)));
    check(r#"{"doubleValue":"-Infinity"}"#, Some(Any::DoubleValue(f64::NEG_INFINITY)));
    check(r#"{"arrayValue":{}}"#, Some(Any::ArrayValue(ArrayValue::default())));
    check(r#"{"kvlistValue":{"values":null}}"#, Some(Any::KvlistValue(KeyValueList::default())));
    check(r#"{"bytesValue":"-_8"}"#, Some(Any::BytesValue(vec![251, 255])));
    check(r#"{"stringValue":""}"#, Some(string("")));
    check(r#"{"valueOfTomorrow":1}"#, None);
    check("{}", None);
    check("null", None);
}

#[test]
fn an_empty_request_is_a_request() {
    for json in ["{}", r#"{"resourceSpans":[]}"#, r#"{"resourceSpans":null}"#] {
        assert_eq!(traces_from_json(json.as_bytes()).unwrap(), ExportTraceServiceRequest::default());
    }
}

/// The JSON with the names of its fields as they stand in the definitions of the messages.
fn with_original_names(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Object(fields) => {
            let original = |name: String| {
                let separated = |char: char| match char {
                    'A'..='Z' => format!("_{}", char.to_ascii_lowercase()),
                    other => other.to_string(),
                };
                name.chars().map(separated).collect::<String>()
            };
            fields.into_iter().map(|(name, value)| (original(name), with_original_names(value))).collect()
        }
        Json::Array(list) => list.into_iter().map(with_original_names).collect(),
        other => other,
    }
}

#[test]
fn original_names_of_fields_are_read_too() {
    let link =
        Link { trace_id: vec![7; 16], span_id: vec![8; 8], dropped_attributes_count: 2, ..Link::default() };
    let event = Event { time_unix_nano: 5, dropped_attributes_count: 3, ..Event::default() };
    let value = Any::KvlistValue(KeyValueList { values: vec![pair("k", Any::IntValue(1))] });
    let span = Span {
        parent_span_id: vec![9; 8],
        attributes: vec![pair("map", value), pair("bytes", Any::BytesValue(vec![1]))],
        links: vec![link],
        events: vec![event],
        dropped_links_count: 4,
        ..span(3)
    };
    let request = request(vec![span]);
    let json = with_original_names(serde_json::to_value(&request).unwrap()).to_string();
    assert!(json.contains("resource_spans") && !json.contains("traceId"), "{json}");
    assert_eq!(traces_from_json(json.as_bytes()).unwrap(), request);
}

#[test]
fn a_field_that_comes_under_both_names_counts_once() {
    let span = only_span(&with(r#""dropped_links_count":1,"droppedLinksCount":2"#));
    assert_eq!(span.dropped_links_count, 1);
}

#[test]
fn a_value_may_be_nested_as_deep_as_the_guide_says() {
    let nested = |depth: usize, before: &str, after: &str| {
        let value = format!("{}{{}}{}", before.repeat(depth), after.repeat(depth));
        traces_from_json(with(&format!(r#""attributes":[{{"key":"k","value":{value}}}]"#)).as_bytes()).is_ok()
    };
    let array = (r#"{"arrayValue":{"values":["#, "]}}");
    let map = (r#"{"kvlistValue":{"values":[{"key":"k","value":"#, "}]}}");
    for ((before, after), deepest) in [(array, (127 - 10) / 3), (map, (127 - 10) / 4)] {
        assert!(nested(deepest, before, after) && !nested(deepest + 1, before, after), "{before}");
    }
}
