//! The command, with files and servers that are there or not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use clap::Parser;
use opentelemetry::trace::SpanKind;
use tempfile::TempDir;
use tracehop_cli::check::CheckArgs;
use tracehop_journey::otlp::export_json;
use tracehop_journey::{Attribute, JourneySpan, Source, SpanParts, Value};

use crate::samples::{journey, key, now};
use crate::wire::body;

const HOLDS: &str = "[[hop]]\nfrom = 'orders'\ntries = 1";
const BROKEN: &str = "[[hop]]\nfrom = 'orders'\nhandled = { p95 = '1ms' }";

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    check: CheckArgs,
}

/// Exit code, and what was printed and complained of.
fn run(folder: &Path, levels: &str, args: &[&str]) -> (ExitCode, String, String) {
    let file = folder.join("levels.toml");
    std::fs::write(&file, levels).expect("a file");
    let file = file.to_str().expect("a path of text");
    let cli = Cli::try_parse_from([&["check", file], args].concat()).expect("good arguments");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = cli.check.run_to(&mut out, &mut err);
    (code, String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
}

/// A server that answers one request, and returns it.
fn answer_once(answer: Vec<u8>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("view=http://{}/", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") == 1 {
            request.push(byte[0]);
        }
        stream.write_all(&answer).expect("an open connection");
        String::from_utf8(request).expect("text")
    });
    (url, server)
}

fn http(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A view that has seen one journey.
fn view() -> (String, JoinHandle<String>) {
    let summaries = body(&[Arc::new(journey(1))], now(), Duration::from_secs(3_600)).expect("JSON");
    answer_once(http("200 OK", &summaries))
}

#[test]
fn the_exit_code_says_whether_the_levels_hold() {
    let folder = TempDir::new().expect("a folder");
    for (levels, expected) in [(HOLDS, 0), (BROKEN, 1), ("[[hop]]\nfrom = 'nowhere'\ntries = 1", 1)] {
        let (url, server) = view();
        let (code, out, err) = run(folder.path(), levels, &["--from", &url]);
        server.join().expect("a request");
        assert_eq!(code, ExitCode::from(expected), "{levels}: {err}");
        assert!(out.contains("Looked at 1 journey over 15m.") && err.is_empty(), "{out}{err}");
    }
}

#[test]
fn a_list_that_is_longer_than_other_answers_may_be_is_taken() {
    let folder = TempDir::new().expect("a folder");
    let mut summaries = body(&[Arc::new(journey(1))], now(), Duration::from_secs(3_600)).expect("JSON");
    summaries.resize((64 << 20) + 1, b' ');
    let (url, server) = answer_once(http("200 OK", &summaries));
    let (code, out, err) = run(folder.path(), HOLDS, &["--from", &url]);
    server.join().expect("a request");
    assert_eq!((code, err.as_str()), (ExitCode::SUCCESS, ""), "{out}");
}

#[test]
fn what_is_wrong_is_said_in_one_line_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let (view, jaeger) = (format!("view=http://{closed}"), format!("jaeger=http://{closed}"));
    let refused = format!("at http://{closed} cannot be reached: connection refused");
    for (levels, from, expected) in [
        (
            "\nwindwo = '1s'",
            &*view,
            "levels.toml: line 2: `windwo` is not known here; did you mean `window`?",
        ),
        (HOLDS, &view, &refused),
        (HOLDS, &jaeger, &refused),
        (HOLDS, "file=/nowhere/at.json", "/nowhere/at.json cannot be read"),
    ] {
        let (code, out, err) = run(folder.path(), levels, &["--from", from]);
        assert_eq!(code, ExitCode::from(2), "{err}");
        assert!(err.starts_with("tracehop check: ") && err.contains(expected), "{err}");
        assert!(out.is_empty() && err.lines().count() == 1, "{out}{err}");
    }
    let missing = folder.path().join("missing.toml");
    let cli = Cli::try_parse_from(["check".as_ref(), missing.as_os_str()]).expect("good arguments");
    let mut err = Vec::new();
    assert_eq!(cli.check.run_to(&mut Vec::new(), &mut err), ExitCode::from(2));
    assert!(String::from_utf8(err).expect("text").contains("missing.toml cannot be read: "));
}

#[test]
fn a_file_that_is_not_utf8_is_told_with_its_line() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("latin1.toml");
    std::fs::write(&file, b"[[hop]]\nfrom = 'auftr\xe4ge'\ntries = 1").expect("a file");
    let cli = Cli::try_parse_from(["check".as_ref(), file.as_os_str()]).expect("good arguments");
    let mut err = Vec::new();
    assert_eq!(cli.check.run_to(&mut Vec::new(), &mut err), ExitCode::from(2));
    let err = String::from_utf8(err).expect("text");
    assert!(err.contains("latin1.toml: line 2: what stands here is not UTF-8"), "{err}");
}

#[test]
fn a_running_view_is_asked_for_the_window_with_the_token() {
    let folder = TempDir::new().expect("a folder");
    let (url, server) = view();
    let (code, out, err) =
        run(folder.path(), HOLDS, &["--from", &url, "--window", "600s", "--token", "secret"]);
    assert_eq!((code, err.as_str()), (ExitCode::SUCCESS, ""));
    assert!(out.contains("1 of 1 limit holds. Looked at 1 journey over 10m."), "{out}");
    let request = server.join().expect("a request").to_lowercase();
    assert!(request.starts_with("get /api/v1/summaries?window=10m http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nauthorization: bearer secret\r\n"), "{request}");
}

#[test]
fn an_answer_that_is_no_list_of_summaries_is_told() {
    let folder = TempDir::new().expect("a folder");
    for (answer, expected) in [
        (http("401 Unauthorized", b""), "answers with status 401"),
        (http("404 Not Found", b"page"), "answers with status 404"),
        (http("500 Internal Server Error", b""), "answers with status 500"),
        (http("200 OK", b"<html>"), "its answer is no list of summaries"),
        (http("200 OK", b"{\"version\":7}"), "it answers in version 7 of the summaries"),
        (b"nonsense".to_vec(), "was reached, but it does not speak HTTP. Is `tracehop view` running"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec(),
            "was reached, but the connection ended within its answer\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n{".to_vec(),
            "was reached, but its answer is longer than 1024 MiB\n",
        ),
    ] {
        let (url, server) = answer_once(answer);
        let (code, out, err) = run(folder.path(), HOLDS, &["--from", &url]);
        assert_eq!(code, ExitCode::from(2));
        assert!(err.contains(expected) && err.lines().count() == 1 && out.is_empty(), "{err}");
        server.join().expect("a request");
    }
}

#[test]
fn a_server_that_is_none_of_tempo_is_no_empty_one() {
    let folder = TempDir::new().expect("a folder");
    let (url, server) = answer_once(http("200 OK", b"{\"data\":[]}"));
    let url = url.replace("view=", "tempo=");
    let (code, out, err) = run(folder.path(), HOLDS, &["--from", &url]);
    server.join().expect("a request");
    assert_eq!((code, out.as_str()), (ExitCode::from(2), ""));
    assert!(err.contains("Tempo at http://") && err.contains("no list of traces that were found"), "{err}");
}

/// A span of a file: `millis` after a time long ago.
fn span(
    id: u64,
    service: &str,
    parent: Option<u64>,
    kind: SpanKind,
    operation: &'static str,
    millis: u64,
) -> JourneySpan {
    let at =
        |millis| SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000) + Duration::from_millis(millis);
    let text = |key: &str, value: &str| Attribute::new(key, Value::text(value));
    let parts = SpanParts {
        key: key(7, id),
        parent_span_id: parent.map(Into::into),
        parent_is_remote: Some(operation == "process"),
        name: format!("{operation} orders").into(),
        kind,
        started: at(millis),
        ended: at(millis + 10),
        attributes: vec![
            text("messaging.system", "kafka"),
            text("messaging.operation.type", operation),
            text("messaging.destination.name", "orders"),
            text("customer.tier", "gold"),
        ],
        ..SpanParts::default()
    };
    JourneySpan::new(parts, Source::of_service(service)).expect("valid ids")
}

#[test]
fn a_file_of_long_ago_is_checked_as_of_its_last_span() {
    let folder = TempDir::new().expect("a folder");
    let spans = [
        span(1, "storefront", None, SpanKind::Producer, "send", 0),
        span(2, "checkout", Some(1), SpanKind::Consumer, "process", 40),
    ];
    let file = folder.path().join("spans.json");
    std::fs::write(&file, export_json(&spans)).expect("a file");
    let levels = "[[hop]]\nfrom = 'orders'\nconsumer = 'checkout'\nhandled = { max = '40ms' }\nwaited = { max = '30ms' }
        [[journey]]\nsearch = 'customer.tier:gold'\ntook = { max = '50ms' }";
    let from = format!("file={}", file.display());
    let (code, out, err) = run(folder.path(), levels, &["--from", &from, "--window", "1s"]);
    assert_eq!((code, err.as_str()), (ExitCode::SUCCESS, ""), "{out}");
    assert!(out.contains("3 of 3 limits hold. Looked at 1 journey over 1s."), "{out}");
}

#[test]
fn a_report_is_printed_as_asked_and_written_for_ci_beside_it() {
    let folder = TempDir::new().expect("a folder");
    let print = |args: &[&str]| {
        let (url, server) = view();
        let printed = run(folder.path(), BROKEN, &[&["--from", &url], args].concat());
        server.join().expect("a request");
        printed
    };
    let (_, json, _) = print(&["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["findings"][0]["verdict"], "broken");
    let (_, xml, _) = print(&["--format", "junit"]);
    assert!(xml.starts_with("<?xml"), "{xml}");
    let file = folder.path().join("report.xml");
    let (_, table, _) = print(&["--junit", file.to_str().expect("text")]);
    assert!(table.contains("BROKEN"), "{table}");
    assert_eq!(std::fs::read_to_string(&file).expect("a report"), xml);
    let nowhere = folder.path().join("nowhere/report.xml");
    let (code, table, err) = print(&["--junit", nowhere.to_str().expect("text")]);
    assert_eq!(code, ExitCode::from(2), "{err}");
    assert!(table.contains("BROKEN") && err.contains("report.xml cannot be written: "), "{table}{err}");
}

#[test]
fn a_window_that_is_none_is_refused() {
    for window in ["0s", "5", "soon"] {
        assert!(Cli::try_parse_from(["check", "levels.toml", "--window", window]).is_err(), "{window}");
    }
}
