//! What is printed.

use serde_json::Value;
use tracehop_journey::otlp::{spans_of, traces_from_json};

use crate::recorded::{SENT, STOREFRONT, run};

fn on_sent(more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sent.json");
    std::fs::write(&path, SENT).unwrap();
    let from = format!("file={}", path.display());
    let ran = run(&[&[STOREFRONT, "--from", &from], more].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out
}

#[test]
fn a_journey_is_a_waterfall_and_its_hops() {
    insta::assert_snapshot!(on_sent(&[]));
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    assert!(!on_sent(&[]).contains('\u{1b}'));
    assert!(!on_sent(&["--color", "never"]).contains('\u{1b}'));
    assert!(on_sent(&["--color", "always"]).contains("\u{1b}[31m"), "errors are red");
}

#[test]
fn json_has_rows_and_hops() {
    let json: Value = serde_json::from_str(&on_sent(&["--json"])).unwrap();
    assert_eq!(json["trace"], STOREFRONT);
    assert_eq!(json["notes"], Value::Array(Vec::new()));
    let [journey] = &json["journeys"].as_array().unwrap()[..] else { panic!("{json}") };
    assert_eq!(journey["id"], format!("{STOREFRONT}-00f067aa0ba90201"));
    assert_eq!(journey["name"], "POST /orders");
    assert_eq!(journey["traces"].as_array().unwrap().len(), 3);
    assert_eq!(journey["rows"][0]["label"], "POST /orders");
    assert_eq!(journey["rows"][0]["took_ns"], 12_000_000);
    let hops = journey["hops"].as_array().unwrap();
    assert!(hops.iter().any(|hop| hop["producer"] == "storefront" && hop["attempt"] == 2), "{hops:?}");
}

#[test]
fn otlp_has_each_span_once() {
    let sent = spans_of(traces_from_json(SENT.as_bytes()).unwrap()).spans;
    let printed = spans_of(traces_from_json(on_sent(&["--otlp"]).as_bytes()).unwrap()).spans;
    let keys = |spans: &[tracehop_journey::JourneySpan]| {
        let mut keys: Vec<String> = spans.iter().map(|span| span.span_id().to_string()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&printed), keys(&sent));
}
