//! What OTLP asks to be answered, for each kind of request.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::Status as RpcStatus;
use tracehop_journey::JourneySpan;

use crate::grpc_call::{self, call, frame};
use crate::http_call::{JSON, PROTOBUF, answer, open, post};
use crate::requests::{gzip, log, logs, metrics, now, span, span_at, traces};
use crate::server::Server;

const SECONDS_2100: u64 = 4_102_444_800;

#[tokio::test]
async fn spans_in_protobuf_arrive_and_are_answered_with_nothing_refused() {
    let server = Server::start().await;
    let request = traces(vec![span(0), span(1)]).encode_to_vec();
    let gzipped = gzip(&request);
    for (headers, body) in
        [(&[PROTOBUF][..], &request), (&[PROTOBUF, ("content-encoding", "gzip")][..], &gzipped)]
    {
        let answer = post(server.http, "/v1/traces", headers, body).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
    }
    assert_eq!(server.counted().spans, 4);
    let recorder = server.stop().await;
    recorder.look(|got| {
        let names: Vec<&str> = got.spans.iter().map(JourneySpan::name).collect();
        assert_eq!(names, ["send 0", "send 1", "send 0", "send 1"]);
        assert!(got.spans.iter().all(|span| span.service() == "checkout"));
    });
}

#[tokio::test]
async fn spans_in_json_arrive_as_senders_write_them() {
    let server = Server::start().await;
    let (number, string) = (now(), now().to_string());
    let span = |trace_id: &str, start: Value, value: Value| {
        json!({
            "traceId": trace_id, "spanId": "EEE19B7EC3C1B174", "parentSpanId": "", "name": "place order", "kind": 2,
            "startTimeUnixNano": start, "endTimeUnixNano": string, "flags": 257, "notYetInvented": { "a": [1] },
            "attributes": [{ "key": "order.items", "value": { "intValue": value, "later": true } }],
            "status": { "code": 2, "message": "declined" },
        })
    };
    let spans = [
        span("5B8EFFF798038103D269B633813FC60C", json!(number), json!(3)),
        span("5b8efff798038103d269b633813fc60d", json!(string), json!("3")),
    ];
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] });
    let request = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "spans": spans }] }] });
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer = post(server.http, "/v1/traces", &headers, request.to_string().as_bytes()).await;
    assert_eq!((answer.status, answer.text()), (200, "{}"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let recorder = server.stop().await;
    recorder.look(|got| {
        assert_eq!(got.spans.len(), 2);
        for span in &got.spans {
            assert_eq!((span.service(), span.name(), span.error()), ("shop", "place order", Some("_OTHER")));
            assert_eq!(span.span_id().to_string(), "eee19b7ec3c1b174");
            assert_eq!(span.attribute("order.items").unwrap().to_text(), "3");
        }
    });
}

#[tokio::test]
async fn one_broken_value_in_json_does_not_cost_the_other_spans() {
    const MARK: &str = "send 1";
    let server = Server::start().await;
    let mut without_id = span(2);
    without_id.span_id = vec![1; 5];
    let request = serde_json::to_string(&traces(vec![span(0), span(1), without_id])).unwrap();
    let (before, after) = request.split_once(MARK).unwrap();
    for broken in [&br"send \ud800"[..], br"send \x", b"send \xff", b"send \n"] {
        let body = [before.as_bytes(), broken, after.as_bytes()].concat();
        let answer = post(server.http, "/v1/traces", &[JSON], &body).await;
        assert_eq!(answer.status, 200);
        let why = "spans refused: 1 without a valid trace id and span id";
        let expected = json!({ "partialSuccess": { "rejectedSpans": "1", "errorMessage": why } });
        assert_eq!(answer.text(), expected.to_string());
    }
    let counted = server.counted();
    assert_eq!((counted.spans, counted.refused_spans, counted.refused_requests), (8, 4, 0));
    let recorder = server.stop().await;
    recorder.look(|got| {
        let names: Vec<&str> = got.spans.iter().skip(1).step_by(2).map(JourneySpan::name).collect();
        assert_eq!(names, ["send \u{fffd}", "send \u{fffd}x", "send \u{fffd}", "send \n"]);
    });
}

#[tokio::test]
async fn log_records_of_spans_arrive_and_metrics_are_counted() {
    let server = Server::start().await;
    let mut of_no_span = log(1);
    of_no_span.span_id.clear();
    let body = logs(vec![log(0), of_no_span]).encode_to_vec();
    assert_eq!(post(server.http, "/v1/logs", &[PROTOBUF], &body).await.status, 200);
    call(server.grpc, grpc_call::LOGS, &[], frame(false, &body)).await.unwrap();
    let body = metrics(3).encode_to_vec();
    assert_eq!(post(server.http, "/v1/metrics", &[PROTOBUF], &body).await.status, 200);
    call(server.grpc, grpc_call::METRICS, &[], frame(false, &body)).await.unwrap();
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{}]}}]}]}]}"#;
    assert_eq!(post(server.http, "/v1/metrics", &[JSON], json).await.text(), "{}");
    let counted = server.counted();
    assert_eq!((counted.requests, counted.logs, counted.metric_points), (5, 2, 7));
    let recorder = server.stop().await;
    recorder.look(|got| {
        let bodies: Vec<&str> = got.logs.iter().map(|log| &*log.body).collect();
        assert_eq!(bodies, ["line 0", "line 0"]);
    });
}

#[tokio::test]
async fn some_refused_spans_are_a_partial_success() {
    let server = Server::start().await;
    let mut without_id = span(3);
    without_id.trace_id.clear();
    let request = traces(vec![span(0), span_at(1, 0), span_at(2, SECONDS_2100), without_id]);
    let why = "spans refused: 1 without a valid trace id and span id, 1 that started or ended more than 365 days ago, 1 more than 1 h \
               in the future";
    let check = |bytes: &[u8]| {
        let answer = ExportTraceServiceResponse::decode(bytes).unwrap().partial_success.unwrap();
        assert_eq!((answer.rejected_spans, &*answer.error_message), (3, why));
    };
    let body = request.encode_to_vec();
    check(&post(server.http, "/v1/traces", &[PROTOBUF], &body).await.body);
    check(&call(server.grpc, grpc_call::TRACES, &[], frame(false, &body)).await.unwrap());
    let body = serde_json::to_vec(&request).unwrap();
    let answer = post(server.http, "/v1/traces", &[JSON], &body).await;
    let expected = json!({ "partialSuccess": { "rejectedSpans": "3", "errorMessage": why } });
    assert_eq!((answer.status, answer.text()), (200, &*expected.to_string()));
    let counted = server.counted();
    assert_eq!((counted.spans, counted.refused_spans, counted.refused_requests), (3, 9, 0));
    // Nor are they kept on disk.
    let recorder = server.stop().await;
    recorder.look(|got| {
        assert_eq!(got.raw.len(), 3);
        for raw in &got.raw {
            let kept =
                opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest::decode(&**raw);
            assert_eq!(kept.unwrap().resource_spans[0].scope_spans[0].spans.len(), 1);
        }
    });
}

#[tokio::test]
async fn a_request_without_a_good_span_does_not_reach_the_sink() {
    let server = Server::start().await;
    let body = traces(vec![span_at(1, 0)]).encode_to_vec();
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], &[]).await.status, 200);
    assert_eq!(post(server.http, "/v1/traces", &[JSON], b"{}").await.status, 200);
    let recorder = server.stop().await;
    recorder.look(|got| assert!(got.spans.is_empty() && got.raw.is_empty()));
}

#[tokio::test]
async fn what_is_not_otlp_is_refused_in_the_encoding_of_the_request() {
    let server = Server::start().await;
    let gzip_header = ("content-encoding", "gzip");
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        for (headers, body) in [
            (&[PROTOBUF][..], &b"this is not protobuf"[..]),
            (&[PROTOBUF], &[0x0a, 0xff, 0xff]),
            (&[PROTOBUF, gzip_header], b"this is not gzip"),
        ] {
            let answer = post(server.http, path, headers, body).await;
            assert_eq!(answer.status, 400, "{path} {body:?}");
            assert_eq!(answer.header("content-type"), Some("application/x-protobuf"));
            let status = RpcStatus::decode(&*answer.body).unwrap();
            assert_eq!(status.code, 3);
            assert!(!status.message.is_empty());
        }
        for (headers, body) in [
            (&[JSON][..], &b"this is not JSON"[..]),
            (&[JSON], b""),
            (&[JSON], br#"{"resourceSpans":7,"resourceLogs":7,"resourceMetrics":7}"#),
            (&[JSON], "[".repeat(100_000).as_bytes()),
            (&[JSON, gzip_header], b"{}"),
        ] {
            let answer = post(server.http, path, headers, body).await;
            assert_eq!(
                answer.status,
                400,
                "{path} {:?}",
                String::from_utf8_lossy(&body[..body.len().min(80)])
            );
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let status: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(status["code"], 3);
            assert!(status["message"].as_str().unwrap().len() > 10);
        }
    }
    assert_eq!(server.counted().refused_requests, 3 * 8);
}

#[tokio::test]
async fn a_refusal_does_not_repeat_all_of_a_body() {
    let server = Server::start().await;
    let body = format!(r#"{{"resourceSpans":"{}"}}"#, "x".repeat(1_000_000));
    let answer = post(server.http, "/v1/traces", &[JSON], body.as_bytes()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 1_000, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn what_is_not_otlp_is_refused_over_grpc_too() {
    let server = Server::start().await;
    let gzip_header = [("grpc-encoding", "gzip")];
    for path in [grpc_call::TRACES, grpc_call::LOGS, grpc_call::METRICS] {
        for (headers, body) in [
            (&[][..], frame(false, b"this is not protobuf")),
            (&[], frame(true, b"compressed, and nobody says how")),
            (&gzip_header, frame(true, b"this is not gzip")),
            (&[], b"no frame".to_vec()),
            (&[], Vec::new()),
        ] {
            let status = call(server.grpc, path, headers, body).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        }
    }
    let unknown =
        call(server.grpc, "/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export", &[], vec![]);
    assert_eq!(unknown.await.unwrap_err().code(), Code::Unimplemented);
    let zstd = call(server.grpc, grpc_call::TRACES, &[("grpc-encoding", "zstd")], frame(true, b""))
        .await
        .unwrap_err();
    assert_eq!(zstd.code(), Code::Unimplemented);
    assert_eq!(zstd.metadata().get("grpc-accept-encoding").unwrap(), "identity,gzip");
}

#[tokio::test]
async fn wrong_heads_of_requests_have_their_own_answers() {
    let server = Server::start().await;
    let check = async |method: &str, path: &str, headers: &[(&str, &str)], status: u16, why: &str| {
        let answer = answer(open(server.http, method, path, headers, 0).await).await;
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert!(String::from_utf8_lossy(&answer.body).contains(why), "{answer:?}");
        answer
    };
    check("POST", "/v1/traces", &[], 415, "the content type is \"\"").await;
    check("POST", "/v1/traces", &[("content-type", "text/plain")], 415, "the content type is \"text/plain\"")
        .await;
    check("POST", "/v1/traces", &[("content-type", "application/jsonp")], 415, "application/jsonp").await;
    check("POST", "/v1/traces", &[PROTOBUF, ("content-encoding", "br")], 415, "\"br\"").await;
    check("POST", "/v1/trace", &[PROTOBUF], 404, "/v1/traces").await;
    check("POST", "/", &[], 404, "/v1/traces").await;
    let answer = check("GET", "/v1/traces", &[PROTOBUF], 405, "POST").await;
    assert_eq!(answer.header("allow"), Some("POST"));
    check("POST", grpc_call::TRACES, &[], 200, "").await;
}

#[tokio::test]
async fn whoever_mixes_up_the_ports_is_served_too() {
    let server = Server::start().await;
    let body = traces(vec![span(0)]).encode_to_vec();
    assert_eq!(post(server.grpc, "/v1/traces", &[PROTOBUF], &body).await.status, 200);
    call(server.http, grpc_call::TRACES, &[], frame(false, &body)).await.unwrap();
    assert_eq!(server.counted().spans, 2);
}
