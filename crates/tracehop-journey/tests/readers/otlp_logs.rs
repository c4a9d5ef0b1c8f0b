//! Log records of spans.

use std::time::{Duration, SystemTime};

use tracehop_journey::LogLine;
use tracehop_journey::otlp::{logs_from_json, logs_of};

fn read(records: &str) -> Vec<LogLine> {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    logs_of(logs_from_json(json.as_bytes()).unwrap())
}

const IDS: &str = r#""traceId":"00000000000000000000000000000001","spanId":"0000000000000002""#;

#[test]
fn a_record_of_a_span_is_a_line() {
    let lines = read(&format!(
        r#"{{{IDS},"timeUnixNano":"7","severityNumber":13,"severityText":"Warning","body":{{"stringValue":"stock is low"}},
            "attributes":[{{"key":"item","value":{{"intValue":"3"}}}}]}}"#
    ));
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(line.span.1.to_string(), "0000000000000002");
    assert_eq!(line.at, SystemTime::UNIX_EPOCH + Duration::from_nanos(7));
    assert_eq!((&*line.severity, &*line.body, line.attributes.len()), ("Warning", "stock is low", 1));
}

#[test]
fn records_outside_of_spans_are_left_out() {
    assert_eq!(
        read(r#"{"body":{"stringValue":"hello"}},{"traceId":"00000000000000000000000000000001"}"#),
        []
    );
}

#[test]
fn what_a_record_lacks_is_taken_from_what_it_has() {
    let check = |fields: &str, severity: &str, body: &str| {
        let lines = read(&format!("{{{IDS},{fields}}}"));
        assert_eq!((&*lines[0].severity, &*lines[0].body), (severity, body), "{fields}");
    };
    check(r#""severityNumber":14"#, "WARN2", "");
    check(r#""severityNumber":"SEVERITY_NUMBER_FATAL""#, "FATAL", "");
    check(r#""severityNumber":77,"eventName":"order.placed""#, "", "order.placed");
    check(
        r#""body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":1}]}}}]}}"#,
        "",
        r#"{"a":[1]}"#,
    );
    let observed = read(&format!(r#"{{{IDS},"observedTimeUnixNano":9}}"#));
    assert_eq!(observed[0].at, SystemTime::UNIX_EPOCH + Duration::from_nanos(9));
}

#[test]
fn a_line_is_bounded() {
    let attribute = r#"{"key":"a","value":{"stringValue":"0123456789"}}"#;
    let attributes = vec![attribute; 1_000].join(",");
    let body = "é".repeat(10_000);
    let lines = read(&format!(r#"{{{IDS},"body":{{"stringValue":"{body}"}},"attributes":[{attributes}]}}"#));
    assert_eq!(lines[0].body.len(), 4_096);
    assert!(lines[0].bytes() < 12_000, "{}", lines[0].bytes());
}
