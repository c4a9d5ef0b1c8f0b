//! The bridge over memory, asked through real sockets as the suite would ask it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracehop::Repeats;

use crate::bridge::Bridge;
use crate::http_request::HttpRequest;
use crate::memory::Memory;
use crate::message::Headers;
use crate::server;
use crate::telemetry;

const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "1234567890123456";
const OTHER_TRACE: &str = "12345678901234567890123456789011";

/// A bridge that runs, and somebody in the place of the suite, who waits for its callbacks.
struct Harness {
    bridge: SocketAddr,
    listener: TcpListener,
    // The bridge stops with it.
    _running: JoinSet<()>,
}

impl Harness {
    async fn start(repeats: Repeats) -> Self {
        let bridge = Bridge::new(Memory::new(&telemetry::tracer(repeats)));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move {
            tokio::select! {
                stopped = bridge.run() => stopped.unwrap(),
                stopped = server::run(socket, &bridge) => stopped.unwrap(),
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { bridge: address, listener, _running: running }
    }

    fn call(&self) -> Value {
        json!({ "url": format!("http://{}/callback", self.listener.local_addr().unwrap()), "arguments": ["x"] })
    }

    /// What the callbacks carried, and the bridge's answer. The head's lines are sent as they are.
    async fn ask(&self, head: &str, calls: &Value, callbacks: usize) -> (Vec<Headers>, String) {
        let body = calls.to_string();
        let request = format!("POST /test HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(self.bridge).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();

        let mut carried = Vec::new();
        for _ in 0..callbacks {
            let (mut callback, _) = self.listener.accept().await.unwrap();
            let HttpRequest { headers, body } = HttpRequest::read(&mut callback).await.unwrap();
            assert_eq!(body, br#"["x"]"#);
            callback.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            carried.push(headers);
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        (carried, answer)
    }

    /// Trace id, parent id, flags and `tracestate` of the one callback.
    async fn ask_once(&self, head: &str) -> Context {
        let (carried, answer) = self.ask(head, &json!([self.call()]), 1).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        Context::of(&carried[0])
    }
}

#[derive(Debug)]
struct Context {
    trace: String,
    parent: String,
    flags: String,
    tracestate: Option<String>,
}

impl Context {
    fn of(headers: &Headers) -> Self {
        let traceparent = only(headers, "traceparent").expect("a callback has a traceparent");
        let [version, trace, parent, flags] = traceparent.split('-').collect::<Vec<_>>()[..] else {
            panic!("{traceparent}");
        };
        assert_eq!((version, trace.len(), parent.len()), ("00", 32, 16), "{traceparent}");
        Self {
            trace: trace.to_owned(),
            parent: parent.to_owned(),
            flags: flags.to_owned(),
            tracestate: only(headers, "tracestate"),
        }
    }
}

/// The value of a header that is there once, or not at all, in whatever letter case.
fn only(headers: &Headers, wanted: &str) -> Option<String> {
    let values: Vec<_> = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).collect();
    assert!(values.len() <= 1, "{wanted} is there {} times", values.len());
    let (name, value) = values.first()?;
    assert_eq!(name, wanted);
    Some(String::from_utf8(value.clone()).unwrap())
}

#[tokio::test]
async fn a_context_goes_on_with_another_parent() {
    let harness = Harness::start(Repeats::LastWins).await;
    let traceparent = format!("00-{TRACE}-{PARENT}-01");
    for (head, flags, tracestate) in [
        (format!("traceparent: {traceparent}\r\n"), "01", None),
        // Names in any letter case.
        (format!("TrAcEpArEnT: {traceparent}\r\nTRACESTATE: a=1\r\n"), "01", Some("a=1")),
        // White space around values, and none behind the colon.
        (format!("traceparent: \t {traceparent} \t\r\ntracestate:\ta=1 \r\n"), "01", Some("a=1")),
        (format!("traceparent:{traceparent}\r\n"), "01", None),
        // Several headers of one list, in their order, with something between them.
        (
            format!(
                "tracestate: b=2\r\ntraceparent: {traceparent}\r\ntracestate: c=3, d=4\r\ntracestate: a=1\r\n"
            ),
            "01",
            Some("b=2,c=3,d=4,a=1"),
        ),
        // An exact name goes before those in another letter case (ADR 0014).
        (
            format!(
                "tracestate: b=2\r\ntraceparent: {traceparent}\r\nTraceState: c=3\r\ntracestate: a=1\r\n"
            ),
            "01",
            Some("b=2,a=1"),
        ),
        // The flag of a random trace id stays, and is no reason to record anything.
        (format!("traceparent: 00-{TRACE}-{PARENT}-02\r\n"), "02", None),
    ] {
        let carried = harness.ask_once(&head).await;
        assert_eq!(carried.trace, TRACE, "{head:?}");
        assert_ne!(carried.parent, PARENT, "{head:?}");
        assert_eq!((carried.flags.as_str(), carried.tracestate.as_deref()), (flags, tracestate), "{head:?}");
    }
}

#[tokio::test]
async fn what_is_no_context_starts_another_trace() {
    let harness = Harness::start(Repeats::LastWins).await;
    for head in [
        String::new(),
        format!("trace-parent: 00-{TRACE}-{PARENT}-01\r\n"),
        format!("traceparent: 00-{TRACE}-{PARENT}-01-more\r\ntracestate: a=1\r\n"),
        format!("tracestate: a=1\r\ntraceparent: {TRACE}\r\n"),
    ] {
        let carried = harness.ask_once(&head).await;
        assert_ne!(carried.trace, TRACE, "{head:?}");
        assert_eq!(carried.tracestate, None, "{head:?}");
    }
}

#[tokio::test]
async fn of_repeats_the_last_counts_or_none() {
    let head =
        format!("traceparent: 00-{OTHER_TRACE}-{PARENT}-01\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n");
    let last = Harness::start(Repeats::LastWins).await.ask_once(&head).await;
    assert_eq!(last.trace, TRACE);
    let none = Harness::start(Repeats::Reject).await.ask_once(&head).await;
    assert!(none.trace != TRACE && none.trace != OTHER_TRACE, "{none:?}");
}

#[tokio::test]
async fn each_callback_has_a_parent_of_its_own() {
    let harness = Harness::start(Repeats::LastWins).await;
    let calls = json!([harness.call(), harness.call(), harness.call()]);
    let head = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\n");
    let (carried, _) = harness.ask(&head, &calls, 3).await;
    let mut parents = Vec::new();
    for headers in &carried {
        let context = Context::of(headers);
        assert_eq!(context.trace, TRACE);
        assert!(!parents.contains(&context.parent));
        parents.push(context.parent);
    }
}

#[tokio::test]
async fn a_callback_may_be_the_next_request() {
    let harness = Harness::start(Repeats::LastWins).await;
    let calls = json!([{ "url": format!("http://{}/test", harness.bridge), "arguments": [harness.call()] }]);
    let head = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\ntracestate: a=1\r\n");
    let (carried, answer) = harness.ask(&head, &calls, 1).await;
    let context = Context::of(&carried[0]);
    assert_eq!((context.trace.as_str(), context.tracestate.as_deref()), (TRACE, Some("a=1")));
    assert!(answer.contains(&format!("00-{TRACE}-")), "{answer}");
}

#[tokio::test]
async fn an_answer_says_what_went_wrong() {
    let harness = Harness::start(Repeats::LastWins).await;
    for (calls, status, reason) in [
        (json!({}), "400", "the body must be a JSON array"),
        (json!([{ "url": "ftp://suite" }]), "502", "a URL must begin with http://"),
    ] {
        let (_, answer) = harness.ask("", &calls, 0).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(reason), "{answer}");
    }
}
