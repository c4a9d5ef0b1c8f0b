//! The command, with files and servers that are there or not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tracehop_cli::check::{CheckArgs, CheckFormat, Observed};
use tracehop_cli::summary_wire::body;

use crate::samples::{journey, now};

const HOLDS: &str = "[[hop]]\nfrom = 'orders'\ntries = 1";
const BROKEN: &str = "[[hop]]\nfrom = 'orders'\nhandled = { p95 = '1ms' }";

fn args(folder: &Path, levels: &str, from: &str) -> CheckArgs {
    let file = folder.join("levels.toml");
    std::fs::write(&file, levels).expect("a file");
    CheckArgs {
        file,
        from: from.to_owned(),
        window: None,
        format: CheckFormat::Table,
        junit: None,
        token: None,
    }
}

/// Exit code, and what was printed and complained of.
fn run(args: CheckArgs) -> (ExitCode, String, String) {
    let read = |from: &str, _: Duration| match from {
        "sample" => Ok(Observed { journeys: vec![Arc::new(journey(1))], now: now() }),
        other => Err(format!("no source {other}")),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = args.run_to(read, &mut out, &mut err);
    (code, String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
}

/// A server that answers one request, and returns it.
fn answer_once(answer: Vec<u8>) -> (String, thread::JoinHandle<String>) {
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

#[test]
fn the_exit_code_says_whether_the_levels_hold() {
    let folder = TempDir::new().expect("a folder");
    for (levels, from, expected) in [
        (HOLDS, "sample", 0),
        (BROKEN, "sample", 1),
        ("[[hop]]\nfrom = 'nowhere'\ntries = 1", "sample", 1),
        ("[[hop]]", "sample", 2),
        (HOLDS, "elsewhere", 2),
        (HOLDS, "view=http://127.0.0.1:0", 2),
        (HOLDS, "view=nonsense", 2),
    ] {
        let (code, out, err) = run(args(folder.path(), levels, from));
        assert_eq!(code, ExitCode::from(expected), "{levels} {from}: {err}");
        assert_eq!(out.is_empty(), expected == 2, "{out}");
        assert_eq!(err.is_empty(), expected != 2, "{err}");
        assert!(err.lines().count() <= 1, "{err}");
    }
}

#[test]
fn what_is_wrong_is_said_in_one_line_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    let (_, _, err) = run(args(folder.path(), "\nwindwo = '1s'", "sample"));
    let file = folder.path().join("levels.toml");
    let expected = format!(
        "tracehop check: {}: line 2: `windwo` is not known here; did you mean `window`?\n",
        file.display()
    );
    assert_eq!(err, expected);
    let (_, _, err) =
        run(CheckArgs { file: PathBuf::from("/nowhere/at.toml"), ..args(folder.path(), "", "sample") });
    assert!(err.starts_with("tracehop check: /nowhere/at.toml cannot be read: "), "{err}");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let (_, _, err) = run(args(folder.path(), HOLDS, &format!("view=http://{closed}")));
    assert!(
        err.starts_with(&format!("tracehop check: `tracehop view` at http://{closed} cannot be asked: ")),
        "{err}"
    );
    assert!(err.ends_with("Is it running?\n"), "{err}");
}

#[test]
fn a_running_view_is_asked_for_the_window_with_the_token() {
    let folder = TempDir::new().expect("a folder");
    let summaries = body(&[Arc::new(journey(1))], now(), Duration::from_secs(3_600)).expect("JSON");
    let (url, server) = answer_once(http("200 OK", &summaries));
    let args = CheckArgs {
        window: Some(Duration::from_secs(600)),
        token: Some("secret".to_owned()),
        ..args(folder.path(), HOLDS, &url)
    };
    let (code, out, err) = run(args);
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
        (http("401 Unauthorized", b""), "asks for its token: give it with --token"),
        (http("404 Not Found", b"page"), "has no summaries: is it a `tracehop view` of this version?"),
        (http("500 Internal Server Error", b""), "answered with status 500"),
        (http("302 Found", b""), "answered with status 302"),
        (http("200 OK", b"<html>"), "its answer is no list of summaries"),
        (http("200 OK", b"{\"version\":7}"), "it answers in version 7 of the summaries"),
        (b"nonsense".to_vec(), "cannot be asked"),
    ] {
        let (url, server) = answer_once(answer);
        let (code, _, err) = run(args(folder.path(), HOLDS, &url));
        assert_eq!(code, ExitCode::from(2));
        assert!(err.contains(expected) && err.lines().count() == 1, "{err}");
        server.join().expect("a request");
    }
}

#[test]
fn a_report_is_printed_as_asked_and_written_for_ci_beside_it() {
    let folder = TempDir::new().expect("a folder");
    let with = |format, junit| CheckArgs { format, junit, ..args(folder.path(), BROKEN, "sample") };
    let (_, out, _) = run(with(CheckFormat::Json, None));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["findings"][0]["verdict"], "broken");
    let (_, xml, _) = run(with(CheckFormat::Junit, None));
    assert!(xml.starts_with("<?xml"), "{xml}");
    let file = folder.path().join("report.xml");
    let (_, out, _) = run(with(CheckFormat::Table, Some(file.clone())));
    assert!(out.contains("BROKEN"), "{out}");
    assert_eq!(std::fs::read_to_string(&file).expect("a report"), xml);
    let nowhere = folder.path().join("nowhere/report.xml");
    let (code, _, err) = run(with(CheckFormat::Table, Some(nowhere)));
    assert_eq!(code, ExitCode::from(2), "{err}");
}
