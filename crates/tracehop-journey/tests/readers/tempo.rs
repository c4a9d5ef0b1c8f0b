//! Answers of Tempo.

use opentelemetry::trace::SpanKind;
use prost::Message as _;
use tracehop_journey::query::{
    Answer, tempo_found, tempo_trace, tempo_trace_protobuf, tempo_v2_trace_protobuf,
};

use crate::requests::{request, span};

const BATCH: &str = r#"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"billing"}}]},
    "scopeSpans":[{"scope":{"name":"tracehop"},"spans":[{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","spanId":"AAAAAAAAAAI=",
    "parentSpanId":"AAAAAAAAAAM=","name":"process orders","kind":"SPAN_KIND_CONSUMER","startTimeUnixNano":"1000",
    "endTimeUnixNano":"3000","status":{"code":"STATUS_CODE_ERROR"}}]}]}"#;

fn check(answer: &Answer, is_partial: bool) {
    let [span] = &answer.spans[..] else { panic!("{answer:?}") };
    assert_eq!(
        (span.name(), span.service(), span.kind()),
        ("process orders", "billing", &SpanKind::Consumer)
    );
    assert_eq!(span.span_id().to_string(), "0000000000000002");
    assert_eq!(span.parent_span_id().map(|it| it.to_string()).as_deref(), Some("0000000000000003"));
    assert!(span.error().is_some());
    assert_eq!(answer.is_partial, is_partial);
}

#[test]
fn a_trace_comes_in_several_envelopes() {
    let old = BATCH
        .replace("scopeSpans", "instrumentationLibrarySpans")
        .replace("scope\"", "instrumentationLibrary\"");
    for (json, is_partial) in [
        (format!(r#"{{"batches":[{BATCH}]}}"#), false),
        (format!(r#"{{"batches":[{old}]}}"#), false),
        (format!(r#"{{"resourceSpans":[{BATCH}]}}"#), false),
        (format!(r#"{{"trace":{{"resourceSpans":[{BATCH}]}},"metrics":{{"inspectedBytes":"7"}}}}"#), false),
        (format!(r#"{{"trace":{{"resourceSpans":[{BATCH}]}},"status":"COMPLETE"}}"#), false),
        (
            format!(r#"{{"trace":{{"resourceSpans":[{BATCH}]}},"status":"PARTIAL","message":"too large"}}"#),
            true,
        ),
        (format!(r#"{{"trace":{{"resourceSpans":[{BATCH}]}},"status":1}}"#), true),
    ] {
        check(&tempo_trace(json.as_bytes()).unwrap_or_else(|error| panic!("{error} in {json}")), is_partial);
    }
}

#[test]
fn protobuf_is_read_too() {
    let trace = request(vec![span(1), span(2)]).encode_to_vec();
    assert_eq!(tempo_trace_protobuf(&trace).unwrap().spans.len(), 2);

    let mut envelope = vec![0x0a];
    prost::encode_length_delimiter(trace.len(), &mut envelope).unwrap();
    envelope.extend(&trace);
    // Metrics, which we do not read.
    envelope.extend(b"\x12\x02\x08\x07");
    let complete = tempo_v2_trace_protobuf(&envelope).unwrap();
    assert_eq!((complete.spans.len(), complete.is_partial), (2, false));
    envelope.extend(b"\x18\x01");
    assert!(tempo_v2_trace_protobuf(&envelope).unwrap().is_partial);
}

#[test]
fn a_search_finds_traces() {
    let json = br#"{"traces":[{"traceID":"2f3e0cee77ae5dc9c17ade3689eb2e54","rootServiceName":"shop","durationMs":7},
        {"traceID":"e77ae5dc9c17ade3689eb2e54"},{"traceID":"nonsense"}],"metrics":{}}"#;
    let found: Vec<String> = tempo_found(json).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["2f3e0cee77ae5dc9c17ade3689eb2e54", "0000000e77ae5dc9c17ade3689eb2e54"]);
    for nothing in [r#"{"traces":[]}"#, r#"{"traces":null}"#, r#"{"metrics":{"inspectedBytes":"7"}}"#] {
        assert_eq!(tempo_found(nothing.as_bytes()).unwrap(), [], "{nothing}");
    }
    for other in ["{}", r#"{"data":[]}"#, r#"{"status":"ok"}"#] {
        let error = tempo_found(other.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "the answer is no list of traces that were found", "{other}");
    }
}
