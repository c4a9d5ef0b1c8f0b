//! Over gRPC, whatever a server does, every span that is lost is counted, and in time.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_sdk::trace::SpanExporter;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tracehop_sdk::{OtlpCompression, OtlpCounters, OtlpExporter, OtlpProtocol};

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::grpc_server::{Answer, Server, ok};
use crate::spans::{enlarge, plain};

/// The spans of a batch.
const SPANS: u64 = 7;

/// A port that nobody listens on. One that was free a moment ago may be that of another test by now.
const NOBODY: &str = "http://127.0.0.1:1";

const SHORT: Duration = Duration::from_millis(700);
/// For a machine that has other things to do. Without the timeout it would be for ever.
const SLACK: Duration = Duration::from_secs(5);

const LONG: Duration = Duration::from_secs(15);
const LIMIT: usize = 4 * 1024 * 1024;

fn exporter(url: &str, timeout: Duration) -> OtlpExporter {
    let builder = OtlpExporter::builder().protocol(OtlpProtocol::Grpc).endpoint(url).timeout(timeout);
    builder.header("authorization", "Bearer secret").build().unwrap()
}

fn export(url: &str, timeout: Duration) -> (Result<(), String>, OtlpCounters, Duration) {
    let exporter = exporter(url, timeout);
    let start = Instant::now();
    let outcome = block_on(exporter.export(plain(SPANS))).map_err(|error| error.to_string());
    if let Err(error) = &outcome {
        assert!(!error.contains("secret"), "{error}");
    }
    (outcome, exporter.counters(), start.elapsed())
}

fn status(code: Code) -> Answer {
    Answer::Status(Status::new(code, "Bearer secret"))
}

fn with_delay(code: Code, delay: Duration) -> Answer {
    let details = ErrorDetails::with_retry_info(Some(delay));
    Answer::Status(Status::with_error_details(code, "Bearer secret", details))
}

/// Accepts connections, writes these bytes, and closes them.
struct Raw {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    fn start(bytes: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if ends.load(Ordering::Acquire) {
                    break;
                }
                let _ = connection.unwrap().write_all(bytes);
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn nobody_listens() {
    let (outcome, counters, took) = export(NOBODY, SHORT);
    assert!(outcome.unwrap_err().contains("refused"));
    assert_eq!(Counts::of(&counters), Counts { timed_out: SPANS, ..Counts::default() });
    assert!(counters.retries() > 0 && took < SHORT + SLACK, "{counters:?} {took:?}");
}

#[test]
fn what_is_no_grpc_is_given_up_in_time() {
    for (bytes, why) in [
        (b"".as_slice(), "hangs up"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"),
        (b"\x00\x01\x02garbage", "garbage"),
        (b"\x00\x00\x00\x04\x00\x00\x00\x00\x00", "says hello, and hangs up"),
    ] {
        let server = Raw::start(bytes);
        let (outcome, counters, took) = export(&format!("http://{}", server.address), SHORT);
        assert!(outcome.is_err(), "{why}");
        assert_eq!(Counts::of(&counters).all(), SPANS, "{why}");
        assert_eq!(counters.lost(), SPANS, "{why}");
        assert!(took < SHORT + SLACK, "{why}: {took:?}");
    }
}

#[test]
fn a_server_that_is_silent_is_given_up_in_time() {
    let server = Server::start(vec![], Answer::Silence, LIMIT);
    let (_, counters, took) = export(&server.url(), SHORT);
    assert_eq!(Counts::of(&counters), Counts { timed_out: SPANS, ..Counts::default() });
    assert!(took < SHORT + SLACK, "{took:?}");
}

#[test]
fn a_server_that_recovers_gets_the_spans() {
    for answer in [
        status(Code::Unavailable),
        status(Code::Cancelled),
        status(Code::DeadlineExceeded),
        status(Code::Aborted),
        status(Code::OutOfRange),
        status(Code::DataLoss),
        with_delay(Code::ResourceExhausted, Duration::ZERO),
    ] {
        let server = Server::start(vec![answer.clone()], ok(), LIMIT);
        let (outcome, counters, _) = export(&server.url(), LONG);
        assert_eq!(outcome, Ok(()), "{answer:?}");
        assert_eq!(Counts::of(&counters), Counts { delivered: SPANS, ..Counts::default() }, "{answer:?}");
        assert_eq!(counters.retries(), 1, "{answer:?}");
    }
}

#[test]
fn what_would_be_refused_again_is_sent_once() {
    for code in [Code::InvalidArgument, Code::Unauthenticated, Code::Unimplemented, Code::ResourceExhausted] {
        let server = Server::start(vec![], status(code), LIMIT);
        let (outcome, counters, _) = export(&server.url(), LONG);
        assert!(outcome.is_err(), "{code:?}");
        assert_eq!(Counts::of(&counters), Counts { refused: SPANS, ..Counts::default() }, "{code:?}");
        server.request();
        assert!(server.requests.try_recv().is_err(), "{code:?}");
    }
}

#[test]
fn a_server_is_left_alone_for_as_long_as_it_says() {
    let server =
        Server::start(vec![with_delay(Code::ResourceExhausted, Duration::from_secs(1))], ok(), LIMIT);
    let (_, counters, took) = export(&server.url(), LONG);
    assert_eq!(Counts::of(&counters), Counts { delivered: SPANS, ..Counts::default() });
    assert!(took >= Duration::from_secs(1), "{took:?}");

    let hour = with_delay(Code::Unavailable, Duration::from_secs(3_600));
    let server = Server::start(vec![hour], ok(), LIMIT);
    let (_, counters, took) = export(&server.url(), LONG);
    assert_eq!(Counts::of(&counters), Counts { timed_out: SPANS, ..Counts::default() });
    assert!(took < LONG / 2, "{took:?}");
}

#[test]
fn a_partial_success_is_counted() {
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "Bearer secret".into() };
    let response = ExportTraceServiceResponse { partial_success: Some(partial) };
    let server = Server::start(vec![], Answer::Response(response), LIMIT);
    let (outcome, counters, _) = export(&server.url(), LONG);
    assert_eq!(outcome, Ok(()));
    assert_eq!(Counts::of(&counters), Counts { delivered: 5, rejected: 2, ..Counts::default() });
}

#[test]
fn an_answer_that_is_too_long_does_not_double_the_spans() {
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "x".repeat(100_000) };
    let response = ExportTraceServiceResponse { partial_success: Some(partial) };
    // Compressed it is short. The server compresses it if the request is.
    let compressions: &[OtlpCompression] = if cfg!(feature = "gzip") {
        &[OtlpCompression::None, OtlpCompression::Gzip]
    } else {
        &[OtlpCompression::None]
    };
    for compression in compressions {
        let server = Server::start(vec![], Answer::Response(response.clone()), LIMIT);
        let builder = OtlpExporter::builder().protocol(OtlpProtocol::Grpc).endpoint(server.url());
        let exporter = builder.compression(*compression).build().unwrap();
        block_on(exporter.export(plain(SPANS))).unwrap();
        let counts = Counts::of(&exporter.counters());
        assert_eq!(counts, Counts { unconfirmed: SPANS, ..Counts::default() }, "{compression:?}");
        server.request();
        assert!(server.requests.try_recv().is_err(), "{compression:?}");
    }
}

#[test]
fn a_span_of_ten_megabytes_does_not_take_the_others_with_it() {
    // The second one reads less than the exporter expects, and says so.
    for limit in [LIMIT, 20_000] {
        let server = Server::start(vec![], ok(), limit);
        let exporter = exporter(&server.url(), LONG);
        let mut batch = plain(512);
        enlarge(&mut batch[100], 10_000_000);
        assert!(block_on(exporter.export(batch)).is_err());
        let counts = Counts::of(&exporter.counters());
        assert_eq!(counts, Counts { delivered: 511, too_large: 1, ..Counts::default() }, "{limit}");
    }
}

#[test]
fn a_server_that_comes_back_on_the_same_address_gets_the_next_batch() {
    let server = Server::start(vec![], ok(), LIMIT);
    let exporter = exporter(&server.url(), LONG);
    block_on(exporter.export(plain(SPANS))).unwrap();
    let address = server.address;
    drop(server);
    // Somebody else may have taken the port meanwhile; then there is nothing to see.
    if TcpListener::bind(address).is_err() {
        return;
    }
    let server = Server::start_at(address, ok());
    block_on(exporter.export(plain(SPANS))).unwrap();
    server.request();
    assert_eq!(Counts::of(&exporter.counters()), Counts { delivered: 2 * SPANS, ..Counts::default() });
}

#[cfg(feature = "tls")]
#[test]
fn a_server_without_tls_is_not_sent_a_span() {
    let server = Server::start(vec![], ok(), LIMIT);
    let (outcome, counters, _) = export(&server.url().replace("http", "https"), SHORT);
    assert!(outcome.is_err());
    assert_eq!(counters.lost(), SPANS);
    assert!(server.requests.try_recv().is_err());
}
