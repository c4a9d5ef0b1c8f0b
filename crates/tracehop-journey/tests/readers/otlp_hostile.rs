//! Bodies that nobody would send on purpose.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use prost::Message as _;
use tracehop_journey::Value;
use tracehop_journey::otlp::{
    OtlpError, logs_from_json, logs_from_protobuf, logs_of, spans_of, traces_from_json, traces_from_protobuf,
};

use crate::requests::{pair, request, span, string};

#[test]
fn what_is_not_otlp_is_said() {
    let check = |json: &str, expected: &str| {
        let error = traces_from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("the body is not OTLP in JSON: ") && error.contains(expected), "{error}");
    };
    check("", "EOF");
    check("hello", "expected value");
    check("7", "an object was expected");
    check(" []", "an object was expected");
    check(r#"{"resourceSpans":7}"#, "expected a list");
    let error = traces_from_protobuf(b"\x0a\xff").unwrap_err().to_string();
    assert!(error.starts_with("the body is not OTLP in protobuf: "), "{error}");
}

#[test]
fn ids_that_cannot_be_read_cost_one_span() {
    for id in ["", "xyz", "0000000000000g01", "é000000000000000", &"0".repeat(10_000)] {
        let span = format!(r#"{{"traceId":"{}","spanId":"{id}"}}"#, "1".repeat(32));
        let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
        let read = spans_of(traces_from_json(json.as_bytes()).unwrap());
        assert_eq!((read.spans.len(), read.refused), (0, 1), "{id}");
    }
}

#[test]
fn deep_nesting_is_refused_or_cut() {
    let open = r#"{"arrayValue":{"values":["#.repeat(100_000);
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{{"value":{open}"#);
    assert!(traces_from_json(json.as_bytes()).unwrap_err().to_string().contains("recursion limit"));
    let unknown = format!(r#"{{"unknown":{}"#, "[".repeat(100_000));
    assert!(traces_from_json(unknown.as_bytes()).is_err());

    let mut value = string("core");
    for _ in 0..40 {
        let inner = AnyValue { value: Some(value) };
        value = Any::ArrayValue(ArrayValue { values: vec![inner] });
    }
    let nested = Span { attributes: vec![pair("k", value)], ..span(1) };
    let decoded = traces_from_protobuf(&request(vec![nested]).encode_to_vec()).unwrap();
    let read = spans_of(decoded).spans;
    let Some(Value::Json(json)) = read[0].attribute("k") else { panic!("{read:?}") };
    assert_eq!(**json, format!("{}\"…\"{}", "[".repeat(16), "]".repeat(16)));
}

#[test]
fn huge_values_are_cut() {
    let check = |value: Any| {
        let read = spans_of(request(vec![Span { attributes: vec![pair("k", value)], ..span(1) }]));
        let length = read.spans[0].attribute("k").map(|it| it.to_text().len());
        assert!(length.is_some_and(|it| (1_000..=1_024).contains(&it)), "{length:?}");
    };
    let million = 1_000_000;
    check(string(&"é".repeat(million)));
    check(Any::BytesValue(vec![7; million]));
    check(Any::ArrayValue(ArrayValue { values: vec![AnyValue { value: Some(Any::IntValue(1)) }; million] }));
    check(Any::KvlistValue(KeyValueList { values: vec![pair(&"key".repeat(1_000), string("v")); 1_000] }));
}

#[test]
fn extreme_times_are_kept_without_a_panic() {
    let extreme = Span { start_time_unix_nano: u64::MAX, end_time_unix_nano: 0, ..span(1) };
    let read = spans_of(request(vec![extreme])).spans;
    assert_eq!(read[0].duration().as_nanos(), 0);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = traces_from_protobuf(&bytes).map(spans_of);
        let _ = traces_from_json(&bytes).map(spans_of);
        let _ = logs_from_protobuf(&bytes).map(logs_of);
        let _ = logs_from_json(&bytes).map(logs_of);
    }

    #[test]
    fn a_damaged_request_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let attributes = vec![pair("a", string("b")), pair("c", Any::DoubleValue(0.5))];
        let request = request(vec![Span { attributes, ..span(1) }, span(2)]);
        let mut bytes = request.encode_to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _ = traces_from_protobuf(&bytes).map(spans_of);
        let mut json = serde_json::to_vec(&request).unwrap();
        let place = at.index(json.len());
        json[place] = byte;
        let _ = traces_from_json(&json).map(spans_of);
    }
}

#[test]
fn many_empty_parts_are_refused_before_they_take_memory() {
    // Two bytes each in protobuf, and three in JSON.
    let scope = b"\x12\x00".repeat(1_500_000);
    let request = of_field(0x0a, &of_field(0x12, &scope));
    assert!(matches!(traces_from_protobuf(&request), Err(OtlpError::TooManyParts)));
    assert!(matches!(logs_from_protobuf(&request), Err(OtlpError::TooManyParts)));
    let json = format!(r#"{{"resourceSpans":[{{}}{}]}}"#, ",{}".repeat(1_000_000));
    assert!(matches!(traces_from_json(json.as_bytes()), Err(OtlpError::TooManyParts)));
    assert!(matches!(logs_from_json(json.as_bytes()), Err(OtlpError::TooManyParts)));
}

/// A field of protobuf: its tag, its length and what it holds.
fn of_field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![tag];
    prost::encode_length_delimiter(bytes.len(), &mut field).unwrap();
    field.extend(bytes);
    field
}
