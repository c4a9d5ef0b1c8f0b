//! Answers that no store would give.

use proptest::prelude::*;
use tracehop_journey::query::{
    Answer, QueryError, jaeger_services, jaeger_traces, jaeger_v3_traces, tempo_found, tempo_trace,
    tempo_trace_protobuf, tempo_v2_trace_protobuf,
};

type Read = fn(&[u8]) -> Result<Answer, QueryError>;

const JSON: [Read; 3] = [jaeger_traces, jaeger_v3_traces, tempo_trace];

#[test]
fn what_is_no_answer_is_said() {
    let nested = format!(r#"{{"data":{}"#, "[".repeat(100_000));
    let deep = format!(r#"{{"data":[{{"spans":[{{"tags":[{{"value":{}"#, r#"{"a":"#.repeat(100_000));
    for text in ["", "<html>welcome</html>", "[]", "7", "null", "{}", r#"{"unknown":1}"#, &nested, &deep] {
        for read in JSON {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("the answer "), "{error}");
        }
    }
    for read in [tempo_trace_protobuf as Read, tempo_v2_trace_protobuf] {
        let error = read(b"<html>welcome</html>").unwrap_err().to_string();
        assert!(error.starts_with("the answer is not the protobuf of this API"), "{error}");
    }
}

#[test]
fn what_has_not_the_shape_of_an_answer_is_refused() {
    for json in [r#"{"data":7}"#, r#"{"data":[{"processes":[]}]}"#] {
        assert!(jaeger_traces(json.as_bytes()).is_err(), "{json}");
    }
    for json in [r#"{"trace":7}"#, r#"{"batches":7}"#] {
        assert!(tempo_trace(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn one_bad_value_does_not_cost_an_answer() {
    for field in [
        r#""startTime":"soon""#,
        r#""startTime":-1"#,
        r#""tags":{}"#,
        r#""tags":[7,{"key":{},"value":"\ud800"}]"#,
        r#""references":7"#,
        r#""operationName":[]"#,
        r#""processID":"\x""#,
    ] {
        let good = r#"{"traceID":"1","spanID":"1"}"#;
        let json = format!(r#"{{"data":[{{"spans":[{good},{{"traceID":"1","spanID":"2",{field}}},7]}},7]}}"#);
        assert_eq!(jaeger_traces(json.as_bytes()).unwrap().spans.len(), 2, "{json}");
    }
    let json = r#"{"batches":[7,{"scopeSpans":[7,{"spans":[7,{"traceId":"AAAAAAAAAAAAAAAAAAAA/w==","spanId":"AAAAAAAAAP8="}]}]}]}"#;
    assert_eq!(tempo_trace(json.as_bytes()).unwrap().spans.len(), 1);
}

#[test]
fn extreme_numbers_and_strange_values_are_kept_without_a_panic() {
    let json = r#"{"data":[{"spans":[{"traceID":"1","spanID":"1","startTime":18446744073709551615,"duration":18446744073709551615,
        "tags":[{"key":"a","value":{"b":[1]}},{"key":"c","value":null},{"key":"d","type":"int64","value":"x"},{}],
        "logs":[{"timestamp":18446744073709551615}]},
        {"traceID":"+1","spanID":"1"},{"traceID":"","spanID":"1"},{"traceID":"1","spanID":"10000000000000001"}]}]}"#;
    let spans = jaeger_traces(json.as_bytes()).unwrap().spans;
    assert_eq!(spans.len(), 1, "the others have no valid ids");
    assert_eq!(spans[0].attributes().len(), 4);
}

#[test]
fn a_scope_for_each_span_does_not_cost_a_resource_each() {
    let tag = format!(r#"{{"key":"k","value":"{}"}}"#, "x".repeat(1_000));
    let tags = vec![tag; 60].join(",");
    let span = |id: u32| {
        let scope = format!(r#"{{"key":"otel.scope.name","value":"{id}"}}"#);
        format!(r#"{{"traceID":"1","spanID":"{id}","processID":"p","tags":[{scope}]}}"#)
    };
    let spans = (1..=2_000).map(span).collect::<Vec<_>>().join(",");
    let json = format!(
        r#"{{"data":[{{"spans":[{spans}],"processes":{{"p":{{"serviceName":"s","tags":[{tags}]}}}}}}]}}"#
    );
    let spans = jaeger_traces(json.as_bytes()).unwrap().spans;
    let resources: std::collections::HashSet<_> =
        spans.iter().map(|it| it.source().resource().as_ptr()).collect();
    assert_eq!((spans.len(), resources.len()), (2_000, 1));
}

#[test]
fn too_many_parts_are_refused() {
    let json = format!(r#"{{"data":[{{}}{}]}}"#, ",{}".repeat(1_000_000));
    assert_eq!(
        jaeger_traces(json.as_bytes()).unwrap_err().to_string(),
        "the answer holds too many parts to be read"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for read in JSON.into_iter().chain([tempo_trace_protobuf as Read, tempo_v2_trace_protobuf]) {
            let _ = read(&bytes);
        }
        let _ = (jaeger_services(&bytes), tempo_found(&bytes));
    }
}
