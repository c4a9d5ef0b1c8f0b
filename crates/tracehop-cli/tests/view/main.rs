//! The program `tracehop view` as a process: what it says, what survives, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value as Json;
use tempfile::tempdir;
use tracehop_journey::{Attribute, JourneySpan, Source, SpanParts, Value, otlp};

/// A view that runs, and is killed when it is dropped.
struct Running {
    child: Child,
    page: String,
    http: String,
    token: Option<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_tracehop")), arguments)
    }

    fn of(program: Command, arguments: &[&str]) -> Self {
        let child = Self::command(program, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut running = Self { page: String::new(), http: String::new(), token: None, child };
        let mut lines = BufReader::new(running.child.stdout.take().unwrap()).lines();
        for line in lines.by_ref().map(Result::unwrap) {
            match line.split_once(": ") {
                Some(("page", page)) => page.clone_into(&mut running.page),
                Some(("otlp http", http)) => http.clone_into(&mut running.http),
                Some(("token", token)) => running.token = Some(token.to_owned()),
                _ => {}
            }
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        running
    }

    fn command(mut command: Command, arguments: &[&str]) -> Command {
        command.args(["view", "--no-open", "--page-port", "0", "--grpc-port", "0", "--http-port", "0"]);
        command.args(arguments).env_remove("TRACEHOP_TOKEN").env_remove("TRACEHOP_REDACT_KEY");
        command
    }

    /// Sends one span, and returns the status.
    fn send(&self, trace: u128, at: SystemTime) -> u16 {
        self.send_all(&[span(trace, at)])
    }

    fn send_all(&self, spans: &[JourneySpan]) -> u16 {
        let request = self.with_token(ureq::post(format!("{}/v1/traces", self.http)));
        let request = request.header("content-type", "application/json");
        request
            .config()
            .http_status_as_error(false)
            .build()
            .send(otlp::export_json(spans))
            .unwrap()
            .status()
            .into()
    }

    fn get(&self, path: &str) -> Json {
        let request = self.with_token(ureq::get(format!("{}{path}", self.page)));
        let text = request.call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn with_token<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    /// Waits until there are so many spans.
    fn until_spans(&self, count: u64) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.get("/api/v1/counts").get("spans") != Some(&count.into()) {
            assert!(Instant::now() < deadline, "{}", self.get("/api/v1/counts"));
            std::thread::yield_now();
        }
    }
}

fn span(trace: u128, at: SystemTime) -> JourneySpan {
    let parts = SpanParts {
        key: (trace.into(), 1.into()),
        name: "POST /orders".into(),
        started: at,
        ended: at,
        attributes: ["order.id", "order.note"].map(|key| Attribute::new(key, Value::text("7"))).into(),
        ..SpanParts::default()
    };
    JourneySpan::new(parts, Source::of_service("shop")).unwrap()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says on standard error when it does not start, and its exit code.
fn refused(arguments: &[&str]) -> (String, Option<i32>) {
    let program = Command::new(env!("CARGO_BIN_EXE_tracehop"));
    let output = Running::command(program, arguments).output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

fn data(directory: &Path) -> [&str; 2] {
    ["--data", directory.to_str().unwrap()]
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let directory = tempdir().unwrap();
    let view = Running::start(&data(directory.path()));
    for trace in 1..=50 {
        assert_eq!(view.send(trace, SystemTime::now()), 200);
    }
    drop(view); // It is killed, not asked.

    let again = Running::start(&data(directory.path()));
    again.until_spans(50);
    assert_eq!(again.get("/api/v1/journeys")["journeys"].as_array().unwrap().len(), 50);
}

#[test]
fn all_that_was_acknowledged_is_there_at_the_first_answer() {
    let directory = tempdir().unwrap();
    let view = Running::start(&data(directory.path()));
    let spans: Vec<_> = (1..=6_000).map(|trace| span(trace, SystemTime::now())).collect();
    for part in spans.chunks(1_000) {
        assert_eq!(view.send_all(part), 200);
    }
    drop(view);

    let again = Running::start(&data(directory.path()));
    let last = again.get(&format!("/api/v1/traces/{:032x}", 6_000));
    assert_eq!(last["journeys"].as_array().unwrap().len(), 1, "{last}");
    let listed = again.get("/api/v1/journeys?window=all");
    assert_eq!((&listed["kept"], &listed["matched"]), (&6_000.into(), &6_000.into()));
}

#[test]
fn what_is_read_back_is_said() {
    let folder = tempdir().unwrap();
    let kept = folder.path().join("kept");
    let said = || {
        let path = folder.path().join("said");
        let mut program = Command::new(env!("CARGO_BIN_EXE_tracehop"));
        program.stderr(std::fs::File::create(&path).unwrap());
        // When it has started, it has been said.
        let view = Running::of(program, &data(&kept));
        (view, std::fs::read_to_string(path).unwrap())
    };
    let (view, first) = said();
    assert_eq!(first, "");
    assert_eq!(view.send_all(&[span(1, SystemTime::now()), span(2, SystemTime::now())]), 200);
    drop(view);
    let (_view, second) = said();
    assert!(second.lines().last().unwrap().starts_with("--data: read back 2 spans in "), "{second}");
}

#[test]
fn what_was_kept_meets_the_rules_of_today() {
    let directory = tempdir().unwrap();
    let view = Running::start(&data(directory.path()));
    assert_eq!(view.send(1, SystemTime::now()), 200);
    drop(view);
    let again = Running::start(&[&data(directory.path())[..], &["--redact", "drop:order.note"]].concat());
    again.until_spans(1);
    let journeys = again.get("/api/v1/journeys");
    let id = journeys["journeys"][0]["id"].as_str().unwrap();
    let journey = again.get(&format!("/api/v1/journeys/{id}")).to_string();
    assert!(journey.contains("order.id") && !journey.contains("order.note"), "{journey}");
}

#[test]
fn options_with_which_nothing_could_be_kept_are_refused() {
    let check = |option: &str, value: &str, expected: &str| {
        let (said, code) = refused(&[option, value]);
        assert_eq!(code, Some(2), "{said}");
        let line = said.lines().next().unwrap();
        assert!(line.contains(option) && line.ends_with(expected), "{said}");
    };
    check("--max-memory", "0", "1MiB is the least");
    check("--max-memory", "1023KiB", "1MiB is the least");
    check("--max-data", "1KiB", "1MiB is the least");
    check("--max-age", "0s", "1s is the least");
    check("--tag", "", "name an attribute, such as user.id");
    check("--tag", " ", "name an attribute, such as user.id");
}

#[test]
fn what_is_too_long_for_the_disk_is_told_as_such() {
    let directory = tempdir().unwrap();
    let view = Running::start(&[&data(directory.path())[..], &["--max-data", "1MiB"]].concat());
    let spans: Vec<_> = (1..=10_000).map(|trace| span(trace, SystemTime::now())).collect();
    assert_eq!(view.send_all(&spans), 413);
    assert_eq!(view.send(1, SystemTime::now()), 200);
    view.until_spans(1);
    let disk = &view.get("/api/v1/counts")["disk"];
    assert_eq!((&disk["appended"], &disk["failed"]), (&1.into(), &0.into()));
}

#[test]
fn two_views_do_not_share_a_directory() {
    let directory = tempdir().unwrap();
    let _first = Running::start(&data(directory.path()));
    let (said, code) = refused(&data(directory.path()));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with("tracehop view: ") && said.contains("another process"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_port_that_is_taken_is_told_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--page-port", "--grpc-port", "--http-port"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracehop"));
        command.args(["view", "--no-open"]);
        for other in ["--page-port", "--grpc-port", "--http-port"] {
            command.args([other, if other == option { &port } else { "0" }]);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&port) && said.contains(option) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn whoever_listens_beyond_this_machine_needs_a_token() {
    let view = Running::start(&["--listen", "0.0.0.0"]);
    assert_eq!(view.token.as_ref().map(String::len), Some(32));
    assert_eq!(view.send(1, SystemTime::now()), 200);
    view.until_spans(1);
    let stranger = ureq::get(&view.page).config().http_status_as_error(false).build();
    assert_eq!(stranger.call().unwrap().status(), 401);
    let no_token =
        ureq::post(format!("{}/v1/traces", view.http)).config().http_status_as_error(false).build();
    assert_eq!(no_token.send("{}").unwrap().status(), 401);
}

#[test]
fn spans_of_1970_and_2100_are_refused_and_counted() {
    let view = Running::start(&[]);
    let of_2100 = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    for (trace, at) in [(1, SystemTime::UNIX_EPOCH), (2, of_2100), (3, SystemTime::now())] {
        assert_eq!(view.send(trace, at), 200, "what is refused is told in the answer");
    }
    view.until_spans(1);
    assert_eq!(view.get("/api/v1/counts")["entrance"]["refused_spans"], 2);
    let troubles = view.get("/api/v1/trouble").to_string();
    assert!(troubles.contains("tracehop view refused 2 spans"), "{troubles}");
}

#[cfg(unix)]
#[test]
fn it_ends_although_a_page_listens_for_news() {
    let mut view = Running::start(&["--demo"]);
    let mut news = ureq::get(format!("{}/api/v1/news", view.page)).call().unwrap();
    let mut first = [0; 1];
    news.body_mut().as_reader().read_exact(&mut first).unwrap();
    let asked = Command::new("kill").arg(view.child.id().to_string()).status().unwrap();
    assert!(asked.success());
    // A test that waits for ever is seen as such.
    let asked = Instant::now();
    assert!(view.child.wait().unwrap().success());
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
}

#[test]
fn connections_that_say_nothing_lock_nobody_out() {
    let view = Running::start(&[]);
    let page = view.page.strip_prefix("http://").unwrap();
    let open = || {
        let mut connection = TcpStream::connect(page).unwrap();
        connection.write_all(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ").unwrap();
        connection
    };
    let first = open();
    let _others: Vec<_> = (0..300).map(|_| open()).collect();
    assert_eq!(view.send(1, SystemTime::now()), 200);
    view.until_spans(1);
    // It had to leave, as all that send no whole head within five seconds.
    let _ = (&first).read_to_end(&mut Vec::new());
}

#[cfg(target_os = "linux")]
#[test]
fn few_open_files_are_enough_for_exporters_while_the_page_is_besieged() {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 300; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tracehop")]);
    let view = Running::of(limited, &[]);
    let page = view.page.strip_prefix("http://").unwrap();
    let _silent: Vec<_> = (0..320).map(|_| TcpStream::connect(page).unwrap()).collect();
    assert_eq!(view.send(1, SystemTime::now()), 200);
    view.until_spans(1);
}
