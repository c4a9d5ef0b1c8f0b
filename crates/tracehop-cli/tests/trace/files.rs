//! Journeys from files.

use std::fs;
use std::path::PathBuf;

use prost::Message as _;
use tempfile::TempDir;
use tracehop_journey::otlp::traces_from_json;

use crate::recorded::{ANSWERS, CHECKOUT, Ran, SENT, STOREFRONT, UNKNOWN, run, traces};

fn run_on(trace: &str, bytes: impl AsRef<[u8]>) -> Ran {
    let folder = TempDir::new().unwrap();
    let path: PathBuf = folder.path().join("spans");
    fs::write(&path, bytes).unwrap();
    run(&[trace, "--from", &format!("file={}", path.display())])
}

#[test]
fn all_formats_are_told_apart() {
    let lines = traces()
        .iter()
        .map(|(_, trace)| serde_json::to_string(trace).unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let protobuf = traces_from_json(SENT.as_bytes()).unwrap().encode_to_vec();
    let html = format!(
        "<!doctype html><title>x</title><script type=\"application/json\" id=\"otlp\">{SENT}</script><p>more</p>"
    );
    for (name, bytes) in [
        ("json", SENT.as_bytes()),
        ("json lines", lines.as_bytes()),
        ("protobuf", &protobuf),
        ("html", html.as_bytes()),
    ] {
        let ran = run_on(STOREFRONT, bytes);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        assert!(ran.out.contains("and 2 linked"), "{name}: {}", ran.out);
    }
    let batches =
        format!(r#"{{"batches":{}}}"#, serde_json::to_string(&traces()[0].1.resource_spans).unwrap());
    for answer in [ANSWERS[0].1, ANSWERS[0].2, &batches] {
        let ran = run_on(STOREFRONT, answer);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.starts_with("POST /orders"), "{}", ran.out);
    }
}

#[test]
fn what_is_missing_in_a_file_is_said() {
    let ran = run_on(CHECKOUT, ANSWERS[1].2);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err, "note: Links lead to 1 trace that is not there.\n");
    let ran = run_on(UNKNOWN, SENT);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(&format!("has no trace {UNKNOWN}")), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_said() {
    for (bytes, expected) in [
        ("", "there is nothing in it"),
        ("hello", "it is neither OTLP, nor an answer of Jaeger or Tempo, nor an export in HTML"),
        ("<html></html>", "it is no export of `tracehop export`"),
        ("{\"resourceSpans\":7}", "expected a list"),
        ("{\"data\":7}", "not the JSON of this API"),
        ("{\"data\":[7]}", "there are no spans in it"),
        ("{\"resourceSpans\":[7]}", "there are no spans in it"),
        ("{\"a\":1}", "there are no spans in it"),
        ("{\"data\":[]}", "there are no spans in it"),
        ("{", "the body is not OTLP in JSON"),
    ] {
        let ran = run_on(STOREFRONT, bytes);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{bytes}");
        assert!(ran.err.contains(expected), "{bytes}: {}", ran.err);
    }
    let ran = run(&[STOREFRONT, "--from", "file=/nowhere/at/all.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("tracehop: /nowhere/at/all.json cannot be read: "), "{}", ran.err);
}
