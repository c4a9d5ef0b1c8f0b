//! Over HTTP, whatever a server does, every span that is lost is counted, and in time.

#[cfg(feature = "tls")]
use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_sdk::trace::SpanExporter;
use prost::Message;
use tracehop_sdk::{OtlpCounters, OtlpExporter};

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::http_server::{Answer, Server};
use crate::spans::{enlarge, plain};

/// The spans of a batch.
const SPANS: u64 = 7;

/// A port that nobody listens on. One that was free a moment ago may be that of another test by now.
const NOBODY: &str = "http://127.0.0.1:1/v1/traces";

const SHORT: Duration = Duration::from_millis(700);
/// For a machine that has other things to do. Without the timeout it would be for ever.
const SLACK: Duration = Duration::from_secs(5);

const LONG: Duration = Duration::from_secs(15);

fn export(url: &str, timeout: Duration) -> (Result<(), String>, OtlpCounters, Duration) {
    let exporter = OtlpExporter::builder()
        .endpoint(url)
        .header("authorization", "Bearer secret")
        .timeout(timeout)
        .build()
        .unwrap();
    let start = Instant::now();
    let outcome = block_on(exporter.export(plain(SPANS))).map_err(|error| error.to_string());
    if let Err(error) = &outcome {
        assert!(!error.contains("secret"), "{error}");
    }
    (outcome, exporter.counters(), start.elapsed())
}

fn delivered() -> Counts {
    Counts { delivered: SPANS, ..Counts::default() }
}

fn timed_out() -> Counts {
    Counts { timed_out: SPANS, ..Counts::default() }
}

fn refused() -> Counts {
    Counts { refused: SPANS, ..Counts::default() }
}

fn unconfirmed() -> Counts {
    Counts { unconfirmed: SPANS, ..Counts::default() }
}

fn slow(text: &str, millis: u64) -> Answer {
    Answer::Slow(text.as_bytes().to_vec(), Duration::from_millis(millis))
}

fn status(status: u16) -> Answer {
    Answer::Status(status, "", b"Bearer secret".to_vec())
}

#[test]
fn nobody_listens() {
    let (outcome, counters, took) = export(NOBODY, SHORT);
    assert!(outcome.unwrap_err().contains("refused"));
    assert_eq!(Counts::of(&counters), timed_out());
    assert!(counters.retries() > 0 && took < SHORT + SLACK, "{counters:?} {took:?}");
}

#[test]
fn the_host_does_not_exist() {
    let (_, counters, _) = export("http://nowhere.invalid/v1/traces", SHORT);
    assert_eq!(Counts::of(&counters), timed_out());
}

#[test]
fn a_server_that_recovers_gets_the_spans() {
    for (answer, why) in [
        (status(503), "unavailable"),
        (status(502), "bad gateway"),
        (status(504), "gateway timeout"),
        (status(429), "too many requests"),
        (Answer::Status(503, "retry-after: 0\r\n", vec![]), "at once, if you want"),
        (Answer::bytes(""), "hangs up"),
        (Answer::bytes("HTTP/1.1 200 OK\r\ncontent-le"), "hangs up in the head"),
        (Answer::bytes("HTTP/1.1 503 x\r\ncontent-length: 9\r\n\r\nabc"), "hangs up in an error's body"),
    ] {
        let server = Server::start(vec![answer], Answer::ok());
        let (outcome, counters, _) = export(&server.url(), LONG);
        assert_eq!((outcome, Counts::of(&counters)), (Ok(()), delivered()), "{why}");
        assert_eq!(counters.retries(), 1, "{why}");
        let bodies = [server.request().body, server.request().body];
        assert!(bodies[0] == bodies[1], "{why}");
    }
}

#[test]
fn a_server_that_does_not_recover_is_given_up_in_time() {
    for (answer, why) in [
        (status(503), "unavailable for ever"),
        (Answer::bytes(""), "always hangs up"),
        (Answer::Silence, "silent"),
        (slow("HTTP/1.1 200 OK\r\n\r\n", 200), "so slow that it takes seconds"),
    ] {
        let server = Server::start(vec![], answer);
        let (outcome, counters, took) = export(&server.url(), SHORT);
        assert!(outcome.is_err(), "{why}");
        assert_eq!(Counts::of(&counters), timed_out(), "{why}");
        assert!(took < SHORT + SLACK, "{why}: {took:?}");
    }
}

#[test]
fn a_slow_server_is_waited_for() {
    let server = Server::start(vec![], slow("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 10));
    let (outcome, counters, _) = export(&server.url(), LONG);
    assert_eq!((outcome, Counts::of(&counters)), (Ok(()), delivered()));
    assert_eq!(counters.retries(), 0);
}

#[test]
fn a_server_is_left_alone_for_as_long_as_it_says() {
    let server = Server::start(vec![Answer::Status(429, "Retry-After: 1\r\n", vec![])], Answer::ok());
    let (_, counters, took) = export(&server.url(), LONG);
    assert_eq!(Counts::of(&counters), delivered());
    assert!(took >= Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_server_that_says_later_than_the_timeout_is_not_waited_for() {
    for header in ["retry-after: 3600\r\n", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n"] {
        let server = Server::start(vec![Answer::Status(503, header, vec![])], Answer::ok());
        let (_, counters, took) = export(&server.url(), LONG);
        assert_eq!(Counts::of(&counters), timed_out(), "{header}");
        assert!(took < LONG / 2, "{header}: {took:?}");
    }
}

#[test]
fn what_would_be_refused_again_is_sent_once() {
    let long_head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1_000_000));
    for (answer, why) in [
        (status(400), "bad data"),
        (status(401), "no access"),
        (status(404), "another path"),
        (status(500), "an error that OTLP does not list"),
        (Answer::Status(302, "location: /elsewhere\r\n", vec![]), "a redirect"),
        (Answer::Status(307, "location: http://127.0.0.1:1/\r\n", vec![]), "a redirect of a POST"),
        (Answer::bytes("SSH-2.0-OpenSSH_9.9\r\n"), "another protocol"),
        (Answer::bytes("\u{0}\u{1}\u{2}garbage\r\n\r\n"), "garbage"),
        (Answer::bytes(&long_head), "a head without end"),
    ] {
        let server = Server::start(vec![], answer);
        let (outcome, counters, _) = export(&server.url(), LONG);
        assert!(outcome.is_err(), "{why}");
        assert_eq!(Counts::of(&counters), refused(), "{why}");
        server.request();
        assert!(server.requests.try_recv().is_err(), "{why}");
    }
}

#[test]
fn what_was_accepted_is_not_sent_again_whatever_the_answer_says() {
    let page = b"<html>Please sign in</html>".to_vec();
    for (answer, why) in [
        (Answer::Status(200, "content-type: text/html\r\n", page), "a page"),
        (Answer::bytes("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"), "hangs up in the body"),
        (Answer::Status(200, "", vec![0; 65_537]), "a body that is too long"),
        (Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n".repeat(1_000)), "a body without end"),
    ] {
        let server = Server::start(vec![], answer);
        let (outcome, counters, _) = export(&server.url(), LONG);
        assert_eq!((outcome, Counts::of(&counters)), (Ok(()), unconfirmed()), "{why}");
        server.request();
        assert!(server.requests.try_recv().is_err(), "{why}");
    }
}

#[test]
fn a_partial_success_is_counted() {
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "Bearer secret".into() };
    let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    let server = Server::start(vec![], Answer::Status(200, "", body));
    let (outcome, counters, _) = export(&server.url(), LONG);
    assert_eq!(outcome, Ok(()));
    assert_eq!(Counts::of(&counters), Counts { delivered: 5, rejected: 2, ..Counts::default() });
}

#[test]
fn a_span_of_ten_megabytes_does_not_take_the_others_with_it() {
    for (server, why) in [
        (Server::start(vec![], Answer::Limit(1_000_000)), "413"),
        (Server::start(vec![], Answer::GoLimit(1_000_000)), "400, as the Collector says it"),
        (Server::start_up_to(1_000_000, vec![], Answer::ok()), "the connection is closed"),
    ] {
        let exporter = OtlpExporter::builder().endpoint(server.url()).timeout(LONG).build().unwrap();
        let mut batch = plain(64);
        enlarge(&mut batch[42], 10_000_000);
        let error = block_on(exporter.export(batch)).unwrap_err().to_string();
        assert!(error.contains("receive orders"), "{why}: {error}");
        let counts = Counts::of(&exporter.counters());
        assert_eq!(counts, Counts { delivered: 63, too_large: 1, ..Counts::default() }, "{why}");
    }
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_loses_nothing() {
    let closing = Answer::bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let server = Server::start(vec![], closing);
    let exporter = OtlpExporter::builder().endpoint(server.url()).build().unwrap();
    for _ in 0..5 {
        block_on(exporter.export(plain(SPANS))).unwrap();
    }
    assert_eq!(Counts::of(&exporter.counters()), Counts { delivered: 5 * SPANS, ..Counts::default() });
}

#[cfg(feature = "tls")]
#[test]
fn a_server_without_tls_is_not_sent_a_span() {
    for answer in [Answer::bytes("HTTP/1.1 400 Bad Request\r\n\r\n"), Answer::ok()] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/v1/traces", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut connection, _) = listener.accept().unwrap();
            let mut hello = [0; 1_024];
            let read = connection.read(&mut hello).unwrap();
            assert!(read > 0 && hello[0] == 22, "a handshake");
            let bytes = if let Answer::Bytes(bytes) = answer { bytes } else { b"\x15\x03".to_vec() };
            connection.write_all(&bytes).unwrap();
        });
        let (outcome, counters, _) = export(&url, SHORT);
        assert!(outcome.is_err());
        assert_eq!(Counts::of(&counters).all(), SPANS);
        assert_eq!(counters.delivered() + counters.unconfirmed(), 0);
        server.join().unwrap();
    }
}
