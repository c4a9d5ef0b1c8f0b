//! What a request may take, and what all of them may.

use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt;
use tracehop_cli::entrance::{Bounds, EntranceConfig};

use crate::grpc_call::{TRACES, call, frame};
use crate::http_call::{Answer, JSON, PROTOBUF, answer, open, post};
use crate::recorder::Mode;
use crate::requests::{gzip, span, traces};
use crate::server::{Server, config};

const MEBIBYTE: usize = 1 << 20;

const GZIP: (&str, &str) = ("content-encoding", "gzip");

/// That a server still takes spans.
async fn takes_spans(server: &Server) {
    let before = server.counted().spans;
    let body = traces(vec![span(0)]).encode_to_vec();
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
    assert_eq!(server.counted().spans, before + 1);
}

#[tokio::test]
async fn a_hundred_megabytes_in_one_request_are_too_large() {
    let server = Server::start().await;
    let body = vec![b'x'; 100_000_000];
    let answer = post(server.http, "/v1/traces", &[PROTOBUF], &body).await;
    assert_eq!(answer.status, 413);
    assert!(String::from_utf8_lossy(&answer.body).contains("send smaller batches"));
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    // Who is told when to come again would come again.
    assert!(status.get_details_retry_info().is_none());
    takes_spans(&server).await;
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_too_large_as_well() {
    let server = Server::start().await;
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
        server.http
    );
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"100000\r\n", &vec![b' '; MEBIBYTE][..], b"\r\n"].concat();
    for _ in 0..17 {
        stream.write_all(&chunk).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let answer = answer(stream).await;
    assert_eq!((answer.status, answer.header("content-type")), (413, Some("application/json")));
    takes_spans(&server).await;
}

#[tokio::test]
async fn what_is_just_within_the_bound_is_taken() {
    let server = Server::with_bounds(Bounds { wire_bytes: 1_000, ..Bounds::default() }).await;
    let check = async |length: usize, expected: u16| {
        let body = format!("{{}}{}", " ".repeat(length - 2));
        assert_eq!(
            post(server.http, "/v1/traces", &[JSON], body.as_bytes()).await.status,
            expected,
            "{length}"
        );
    };
    check(1_000, 200).await;
    check(1_001, 413).await;
}

#[tokio::test]
async fn a_bomb_of_gzip_is_too_large() {
    let server = Server::start().await;
    let bomb = gzip(&vec![0; 100 * MEBIBYTE]);
    assert!(bomb.len() < MEBIBYTE);
    let answer = post(server.http, "/v1/traces", &[PROTOBUF, GZIP], &bomb).await;
    assert_eq!(answer.status, 413);
    assert!(String::from_utf8_lossy(&answer.body).contains("once it is decompressed"));
    let status =
        call(server.grpc, TRACES, &[("grpc-encoding", "gzip")], frame(true, &bomb)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    takes_spans(&server).await;
}

#[tokio::test]
async fn millions_of_empty_spans_are_too_large() {
    let server = Server::start().await;
    // Two bytes on the way, and hundreds in memory, each.
    let spans = [0x12, 0].repeat(4_000_000);
    let body = message(1, &message(2, &spans));
    assert!(body.len() < 16 * MEBIBYTE);
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &body).await.status, 413);
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    takes_spans(&server).await;
}

/// A field of protobuf that holds a message.
fn message(field: u8, content: &[u8]) -> Vec<u8> {
    let mut message = vec![field << 3 | 2];
    prost::encode_length_delimiter(content.len(), &mut message).unwrap();
    message.extend_from_slice(content);
    message
}

#[tokio::test]
async fn a_slow_sender_is_not_waited_for() {
    let short = Duration::from_millis(100);
    let server = Server::with_bounds(Bounds { slowest: short, head: short, ..Bounds::default() }).await;
    // A head that never ends, a body that never comes, and a connection that says nothing.
    let mut head = TcpStream::connect(server.http).await.unwrap();
    head.write_all(b"POST /v1/traces HTTP/1.1\r\nhost: a\r\nx-slow: ").await.unwrap();
    let body = open(server.http, "POST", "/v1/traces", &[PROTOBUF], 100).await;
    let answer_to_body = answer(body).await;
    assert_eq!(answer_to_body.status, 408);
    let silent = TcpStream::connect(server.grpc).await.unwrap();
    for connection in [head, silent] {
        ends(connection).await;
    }
    assert_eq!(server.counted().refused_requests, 1);
}

/// Waits until the other side closes.
async fn ends(mut connection: TcpStream) {
    let mut rest = Vec::new();
    // It may close while there is something that it has not read.
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest).await;
}

#[tokio::test]
async fn connections_that_send_no_whole_head_make_room_for_one_that_does() {
    // Nothing ends by itself while this test runs.
    let never = Duration::from_secs(3_600);
    let server =
        Server::with_bounds(Bounds { connections: 4, head: never, slowest: never, ..Bounds::default() })
            .await;
    for address in [server.grpc, server.http] {
        let mut idle = Vec::new();
        for number in 0..12 {
            let mut connection = TcpStream::connect(address).await.unwrap();
            if number % 2 == 0 {
                connection.write_all(b"POST /v1/traces HTTP/1.1\r\nhost: a\r\nx-slow: ").await.unwrap();
            }
            idle.push(connection);
        }
        let body = traces(vec![span(0)]).encode_to_vec();
        assert_eq!(post(address, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
        // Those that have waited for longest had to leave.
        for connection in idle.drain(..8) {
            ends(connection).await;
        }
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_is_not_ended_for_a_new_one() {
    let bounds = Bounds { connections: 1, ..Bounds::default() };
    let server = Server::of(EntranceConfig { bounds, ..config() }, Mode::Waits).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let send = || {
        let (address, body) = (server.http, body.clone());
        tokio::spawn(async move { post(address, "/v1/traces", &[PROTOBUF], &body).await.status })
    };
    let first = send();
    server.recorder.entered(1).await;
    let second = send();
    server.recorder.set(Mode::Takes);
    assert_eq!(first.await.unwrap(), 200);
    assert_eq!(second.await.unwrap(), 200);
}

#[tokio::test]
async fn a_full_queue_asks_senders_to_come_again() {
    let server = Server::of(config(), Mode::Full).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    for headers in [PROTOBUF, JSON] {
        let body =
            if headers == JSON { serde_json::to_vec(&traces(vec![span(0)])).unwrap() } else { body.clone() };
        let answer = post(server.http, "/v1/traces", &[headers], &body).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("3")));
        assert_eq!(answer.header("content-type"), Some(headers.1));
    }
    let unread = post(server.http, "/v1/traces", &[JSON], b"no JSON").await;
    assert_eq!(unread.status, 503, "what will not be taken is not decoded: that is for those who are taken");
    assert_eq!(
        post(server.http, "/v1/metrics", &[JSON], b"{}").await.status,
        200,
        "metrics are only counted"
    );
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let retry = status.get_details_retry_info().unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_millis(2_500)));
    assert_eq!(server.counted().busy_requests, 4);
    assert_eq!(server.counted().spans, 0);
    server.recorder.set(Mode::Takes);
    takes_spans(&server).await;
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_told_as_such() {
    let server = Server::of(config(), Mode::DiskFull).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let answer = post(server.http, "/v1/traces", &[PROTOBUF], &body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("3")));
    assert!(String::from_utf8_lossy(&answer.body).contains("not kept: the disk is full"), "{answer:?}");
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("the disk is full"), "{status}");
    server.recorder.set(Mode::Takes);
    takes_spans(&server).await;
}

#[tokio::test]
async fn what_can_never_be_kept_shall_not_come_again() {
    let server = Server::of(config(), Mode::TooLong).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let answer = post(server.http, "/v1/traces", &[PROTOBUF], &body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (413, None));
    assert!(String::from_utf8_lossy(&answer.body).contains("--max-data"), "{answer:?}");
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_details_retry_info().is_none());
    assert_eq!(server.counted().refused_requests, 2);
}

#[tokio::test]
async fn only_so_many_requests_are_under_way() {
    let bounds = Bounds { requests: 2, ..Bounds::default() };
    let server = Server::of(EntranceConfig { bounds, ..config() }, Mode::Waits).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let waiting = (0..2).map(|_| {
        let (address, body) = (server.http, body.clone());
        tokio::spawn(async move { post(address, "/v1/traces", &[PROTOBUF], &body).await })
    });
    let waiting: Vec<_> = waiting.collect();
    server.recorder.entered(2).await;
    let refused = post(server.http, "/v1/traces", &[PROTOBUF], &body).await;
    is_busy(&refused, "too many requests");
    let status = call(server.grpc, TRACES, &[], frame(false, &body)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    server.recorder.set(Mode::Takes);
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap().status, 200);
    }
    takes_spans(&server).await;
}

#[tokio::test]
async fn only_so_many_bytes_are_under_way() {
    let bounds = Bounds { bytes_in_flight: 100_000, ..Bounds::default() };
    let server = Server::of(EntranceConfig { bounds, ..config() }, Mode::Waits).await;
    let large = Span { name: "n".repeat(30_000), ..span(0) };
    let body = traces(vec![large]).encode_to_vec();
    let waiting = {
        let (address, body) = (server.http, body.clone());
        tokio::spawn(async move { post(address, "/v1/traces", &[PROTOBUF], &body).await })
    };
    server.recorder.entered(1).await;
    is_busy(&post(server.http, "/v1/traces", &[PROTOBUF], &body).await, "too many bytes");
    is_busy(&post(server.http, "/v1/traces", &[PROTOBUF, GZIP], &gzip(&body)).await, "too many bytes");
    server.recorder.set(Mode::Takes);
    assert_eq!(waiting.await.unwrap().status, 200);
    takes_spans(&server).await;
}

fn is_busy(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(String::from_utf8_lossy(&answer.body).contains(why), "{answer:?}");
}

#[tokio::test]
async fn a_sender_that_goes_away_makes_room() {
    let bounds = Bounds { requests: 1, ..Bounds::default() };
    let server = Server::of(EntranceConfig { bounds, ..config() }, Mode::Waits).await;
    let body = traces(vec![span(0)]).encode_to_vec();
    let mut gone = open(server.http, "POST", "/v1/traces", &[PROTOBUF], body.len()).await;
    gone.write_all(&body).await.unwrap();
    server.recorder.entered(1).await;
    drop(gone);
    // The place is free as soon as the server has seen that; nothing tells when.
    let again = async {
        loop {
            let mut call = open(server.http, "POST", "/v1/traces", &[PROTOBUF], body.len()).await;
            call.write_all(&body).await.unwrap();
            tokio::select! {
                () = server.recorder.entered(2) => return,
                answer = answer(call) => is_busy(&answer, "too many requests"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.unwrap();
}
