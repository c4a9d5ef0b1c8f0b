//! Answers of Jaeger.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use tracehop_journey::query::{QueryError, jaeger_services, jaeger_traces, jaeger_v3_traces};
use tracehop_journey::{JourneySpan, SpanStatus, Value};

/// Two spans as Jaeger 1.76 writes them: the parent of the second is linked to as well, so that it comes as a link.
const TRACE: &str = r#"{
  "data": [{
    "traceID": "4bf92f3577b34da6a3ce929d0e0e4736",
    "spans": [
      {
        "traceID": "4bf92f3577b34da6a3ce929d0e0e4736", "spanID": "00f067aa0ba902b7", "operationName": "send orders",
        "references": [], "startTime": 1700000000000001, "duration": 1200,
        "tags": [
          {"key": "otel.scope.name", "type": "string", "value": "tracehop"},
          {"key": "otel.scope.version", "type": "string", "value": "0.1.0"},
          {"key": "messaging.destination.name", "type": "string", "value": "orders"},
          {"key": "messaging.kafka.offset", "type": "int64", "value": 7},
          {"key": "big", "type": "int64", "value": "9223372036854775807"},
          {"key": "whole", "type": "float64", "value": 2},
          {"key": "bytes", "type": "binary", "value": "AP8="},
          {"key": "span.kind", "type": "string", "value": "producer"},
          {"key": "internal.span.format", "type": "string", "value": "otlp"}
        ],
        "logs": [], "processID": "p1", "warnings": null
      },
      {
        "traceID": "4bf92f3577b34da6a3ce929d0e0e4736", "spanID": "b7ad6b7169203331", "operationName": "process orders",
        "references": [
          {"refType": "FOLLOWS_FROM", "traceID": "4bf92f3577b34da6a3ce929d0e0e4736", "spanID": "00f067aa0ba902b7"},
          {"refType": "FOLLOWS_FROM", "traceID": "1", "spanID": "2"}
        ],
        "startTime": 1700000000014000, "duration": 8000,
        "tags": [
          {"key": "span.kind", "type": "string", "value": "consumer"},
          {"key": "otel.status_code", "type": "string", "value": "ERROR"},
          {"key": "error", "type": "bool", "value": true},
          {"key": "otel.status_description", "type": "string", "value": "declined"}
        ],
        "logs": [{"timestamp": 1700000000015000, "fields": [
          {"key": "event", "type": "string", "value": "retry"}, {"key": "attempt", "type": "int64", "value": 2}
        ]}],
        "processID": "p2", "warnings": null
      }
    ],
    "processes": {
      "p1": {"serviceName": "checkout", "tags": [{"key": "host.name", "type": "string", "value": "a"}]},
      "p2": {"serviceName": "billing", "tags": []}
    },
    "warnings": null
  }],
  "total": 0, "limit": 0, "offset": 0, "errors": null
}"#;

fn spans(json: &str) -> Vec<JourneySpan> {
    jaeger_traces(json.as_bytes()).unwrap().spans
}

/// The only span of a trace, with these fields.
fn with(fields: &str) -> JourneySpan {
    let span = format!(r#"{{"traceID":"a","spanID":"b",{fields}}}"#);
    spans(&format!(r#"{{"data":[{{"spans":[{span}]}}]}}"#)).remove(0)
}

#[test]
fn a_trace_is_what_was_sent_to_jaeger() {
    let at = |micros| SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
    let spans = spans(TRACE);
    let [send, process] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((send.name(), send.service(), send.kind()), ("send orders", "checkout", &SpanKind::Producer));
    assert_eq!((send.started(), send.duration()), (at(1_700_000_000_000_001), Duration::from_micros(1_200)));
    assert_eq!(send.source().scope_name(), "tracehop");
    assert_eq!(send.source().resource().len(), 2);
    let keys: Vec<&str> = send.attributes().iter().map(|it| &*it.key).collect();
    assert_eq!(keys, ["messaging.destination.name", "messaging.kafka.offset", "big", "whole", "bytes"]);
    assert_eq!(send.attribute("big"), Some(&Value::I64(i64::MAX)));
    assert_eq!(send.attribute("whole"), Some(&Value::F64(2.0)));
    assert_eq!(send.attribute("bytes"), Some(&Value::Json("\"AP8=\"".into())));

    assert_eq!(process.parent(), Some(send.key()));
    let elsewhere = (TraceId::from_bytes(1_u128.to_be_bytes()), SpanId::from_bytes(2_u64.to_be_bytes()));
    assert_eq!(process.links(), [send.key(), elsewhere]);
    assert_eq!(process.status(), &SpanStatus::Error("declined".into()));
    assert_eq!(process.attributes(), []);
    let [event] = process.events() else { panic!("one event") };
    assert_eq!((&*event.name, event.at, event.attributes.len()), ("retry", at(1_700_000_000_015_000), 1));
}

#[test]
fn references_are_parents_or_links() {
    let check = |references: &str, parent: Option<u64>, links: &[u64]| {
        let span = with(&format!(r#""references":[{references}]"#));
        let id = |id: &SpanId| u64::from_be_bytes(id.to_bytes());
        assert_eq!(span.parent_span_id().as_ref().map(id), parent, "{references}");
        assert_eq!(span.links().iter().map(|it| id(&it.1)).collect::<Vec<_>>(), links, "{references}");
    };
    let child = r#"{"refType":"CHILD_OF","traceID":"a","spanID":"1"}"#;
    let link = r#"{"refType":"FOLLOWS_FROM","traceID":"a","spanID":"2"}"#;
    let foreign_child = r#"{"refType":"CHILD_OF","traceID":"c","spanID":"3"}"#;
    let foreign_link = r#"{"refType":"FOLLOWS_FROM","traceID":"c","spanID":"4"}"#;
    check("", None, &[]);
    check(child, Some(1), &[]);
    check(link, Some(2), &[2]);
    check(foreign_link, None, &[4]);
    check(foreign_child, None, &[3]);
    check(&format!("{link},{child}"), Some(1), &[2]);
    check(&format!("{foreign_link},{link}"), None, &[4, 2]);
    check(&format!("{child},{foreign_link}"), Some(1), &[4]);
}

#[test]
fn tags_say_how_a_span_ended() {
    let check = |tags: &str, expected: SpanStatus| {
        assert_eq!(with(&format!(r#""tags":[{tags}]"#)).status(), &expected, "{tags}");
    };
    check("", SpanStatus::Unset);
    check(r#"{"key":"otel.status_code","value":"OK"}"#, SpanStatus::Ok);
    check(r#"{"key":"error","type":"bool","value":true}"#, SpanStatus::Error("".into()));
    check(r#"{"key":"error","type":"string","value":"true"}"#, SpanStatus::Error("".into()));
    check(r#"{"key":"error","type":"bool","value":false}"#, SpanStatus::Unset);
}

#[test]
fn the_third_api_speaks_otlp() {
    let json = r#"{"result":{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"billing"}}]},
        "scopeSpans":[{"scope":{},"spans":[{"kind":2,"name":"foobar","spanId":"0000000000000002","status":{"code":2},
        "traceId":"00000000000000000000000000000001","startTimeUnixNano":"1000000000000000001"}]}]}]}}"#;
    let spans = jaeger_v3_traces(json.as_bytes()).unwrap().spans;
    assert_eq!(
        (spans[0].name(), spans[0].service(), spans[0].kind()),
        ("foobar", "billing", &SpanKind::Server)
    );
    assert_eq!(jaeger_v3_traces(format!("{json}\n{json}").as_bytes()).unwrap().spans.len(), 2);
}

#[test]
fn what_jaeger_says_is_passed_on() {
    let not_found = [
        jaeger_traces(br#"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"#),
        jaeger_v3_traces(br#"{"error":{"httpCode":404,"message":"No traces found"}}"#),
    ];
    for answer in not_found {
        assert!(matches!(answer, Err(QueryError::NotFound)), "{answer:?}");
    }
    let refused = jaeger_traces(br#"{"data":null,"errors":[{"code":500,"msg":"no\u001b[31m storage"}]}"#);
    assert_eq!(refused.unwrap_err().to_string(), "no�[31m storage");
    assert_eq!(jaeger_v3_traces(b"{}").unwrap_err().to_string(), "the answer holds no result");
    assert_eq!(jaeger_traces(br#"{"data":[]}"#).unwrap().spans.len(), 0);
}

#[test]
fn services_are_names() {
    let services = jaeger_services(br#"{"data":["billing","checkout"],"total":2,"errors":null}"#).unwrap();
    assert_eq!(services, ["billing", "checkout"]);
    assert_eq!(jaeger_services(br#"{"data":null,"errors":null}"#).unwrap(), [""; 0]);
    assert!(jaeger_services(br#"{"data":null,"errors":[{"msg":"no"}]}"#).is_err());
    assert!(jaeger_services(b"{}").is_err());
}
