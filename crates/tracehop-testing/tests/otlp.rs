//! The receiver of OTLP: what it takes, what it refuses, and that it is gone when it is dropped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "it is a test")]
#![allow(clippy::unnecessary_wraps, reason = "messages of protobuf have options")]

#[path = "support/mod.rs"]
mod support;

use std::env;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue as WireValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use opentelemetry_sdk::trace::SdkTracerProvider;
use prost::Message;
use support::{check_lines, message_of, text_of};
use tonic::codec::CompressionEncoding;
use tracehop_testing::{Hop, OtlpRecorder};

const SOON: Duration = Duration::from_secs(20);
const AT_ONCE: Duration = Duration::ZERO;

const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

fn start() -> OtlpRecorder {
    OtlpRecorder::start_blocking().unwrap()
}

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Any::StringValue(text.to_owned())) })
}

fn attribute(key: &str, value: Option<AnyValue>) -> WireValue {
    WireValue { key: key.to_owned(), value, ..WireValue::default() }
}

fn resource(service: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![attribute("service.name", text(service))], ..Resource::default() })
}

/// Of trace 1. It starts as many nanoseconds after the epoch as its id says.
fn span(id: u64, name: &str, parent: u64, kind: i32) -> Span {
    let parent_span_id = if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() };
    Span {
        trace_id: 1_u128.to_be_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id,
        name: name.to_owned(),
        kind,
        start_time_unix_nano: id,
        ..Span::default()
    }
}

fn to(destination: &str, span: Span) -> Span {
    Span {
        attributes: vec![attribute(tracehop::semconv::MESSAGING_DESTINATION_NAME, text(destination))],
        ..span
    }
}

fn request(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: resource(service), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

fn connect(recorder: &OtlpRecorder) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", recorder.port())).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// Status and body of the answer.
fn post(recorder: &OtlpRecorder, path: &str, headers: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = connect(recorder);
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A request that is too large is answered before it was read.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer.split_off(end + 4))
}

/// Of a request that has begun.
const HALF: &str = "POST /v1/traces HTTP/1.1\r\nhost: test\r\n\
    content-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\nhalf";

fn is_under_way(recorder: &OtlpRecorder) -> bool {
    format!("{recorder:?}").contains("under_way: 1")
}

const PROTOBUF: &str = "content-type: application/x-protobuf\r\n";

#[track_caller]
fn take(recorder: &OtlpRecorder, request: &ExportTraceServiceRequest) {
    let answer = post(recorder, "/v1/traces", PROTOBUF, &request.encode_to_vec());
    assert_eq!(answer, (200, Vec::new()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A service with the exporter of the OpenTelemetry project.
fn serve(endpoint: &str, protocol: Protocol) {
    let exporter = if protocol == Protocol::Grpc {
        SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().unwrap()
    } else {
        let endpoint = format!("{endpoint}/v1/traces");
        SpanExporter::builder().with_http().with_protocol(protocol).with_endpoint(endpoint).build().unwrap()
    };
    let resource = opentelemetry_sdk::Resource::builder_empty().with_service_name("checkout").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let tracer = provider.tracer("test");
    let order = tracer.span_builder("place order").with_kind(SpanKind::Server).start(&tracer);
    let cx = Context::new().with_span(order);
    let mut send = tracer
        .span_builder("send orders")
        .with_kind(SpanKind::Producer)
        .with_attributes([KeyValue::new("tenant", "a")])
        .start_with_context(&tracer, &cx);
    send.end();
    cx.span().end();
    provider.shutdown().unwrap();
}

const TREE: &str = "
    checkout: place order      SERVER
    └ checkout: send orders    PRODUCER
";

/// This program again, as another process; it exports to this recorder.
fn child(recorder: &OtlpRecorder) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "a_service_exports_over_http"]).envs(recorder.variables());
    child
}

#[test]
fn a_service_exports_over_http() {
    if let Ok(endpoint) = env::var("OTEL_EXPORTER_OTLP_ENDPOINT") {
        return serve(&endpoint, Protocol::HttpBinary);
    }
    let recorder = start();
    serve(&recorder.endpoint(), Protocol::HttpBinary);
    recorder.assert_tree(TREE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_exports_over_grpc_at_the_same_port() {
    let recorder = OtlpRecorder::start().await.unwrap();
    let endpoint = recorder.grpc_endpoint();
    assert_eq!(endpoint, recorder.endpoint());
    tokio::task::spawn_blocking({
        let runtime = tokio::runtime::Handle::current();
        move || {
            let _entered = runtime.enter();
            serve(&endpoint, Protocol::Grpc);
        }
    })
    .await
    .unwrap();
    let spans = recorder.wait_for(2, SOON).await;
    assert_eq!(spans[1].span.attributes, [KeyValue::new("tenant", "a")]);
    assert_eq!(spans[1].span.instrumentation_scope.name(), "test");
    recorder.assert_tree(TREE);
}

#[test]
fn child_processes_export_here() {
    let recorder = start();
    let mut children = [child(&recorder).spawn().unwrap(), child(&recorder).spawn().unwrap()];
    let spans = recorder.wait_for_blocking(4, SOON);
    assert!(spans.iter().all(|recorded| recorded.service.as_deref() == Some("checkout")), "{spans:?}");
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    recorder.assert_no_orphans();
}

#[test]
fn a_child_that_dies_before_it_exports_is_told_of() {
    let recorder = start();
    let mut child = child(&recorder);
    let status = child.args(["--exact", "--no-such-option"]).output().unwrap().status;
    assert!(!status.success());
    let message = message_of(|| drop(recorder.wait_for_blocking(2, AT_ONCE)));
    let expected =
        format!("for 2 spans; 0 have arrived:\nno exporter has sent anything to {}\n", recorder.endpoint());
    assert!(message.starts_with(file!()) && message.ends_with(&expected), "{message}");
}

#[tokio::test]
async fn a_recorder_works_in_a_runtime_of_one_thread() {
    let recorder = OtlpRecorder::start().await.unwrap();
    let exporting = recorder.clone();
    let exporting = std::thread::spawn(move || {
        take(&exporting, &request("checkout", vec![span(1, "send orders", 0, PRODUCER)]));
    });
    recorder.wait_until(|recorder| recorder.tree().to_string().contains("send orders"), SOON).await;
    exporting.join().unwrap();
    let panic = tokio::spawn(recorder.wait_for(2, AT_ONCE)).await.unwrap_err().into_panic();
    let message = text_of(&*panic);
    assert!(
        message.ends_with("for 2 spans; 1 have arrived:\ncheckout: send orders  PRODUCER\n"),
        "{message}"
    );
}

#[test]
fn nothing_is_left_when_the_last_clone_is_dropped() {
    let recorder = start();
    let address = ("127.0.0.1", recorder.port());
    let (mut open, mut half) = (connect(&recorder), connect(&recorder));
    half.write_all(HALF.as_bytes()).unwrap();
    recorder.wait_until_blocking(is_under_way, SOON);
    drop(recorder.clone());
    assert!(TcpStream::connect(address).is_ok());
    drop(recorder);
    for stream in [&mut open, &mut half] {
        let end = stream.read(&mut [0; 1000]).map_err(|error| error.kind());
        assert!(matches!(end, Ok(0) | Err(std::io::ErrorKind::ConnectionReset)), "{end:?}");
    }
    let error = TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_recorder_may_be_dropped_in_a_runtime() {
    let recorder = OtlpRecorder::start().await.unwrap();
    let port = recorder.port();
    drop(recorder);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[tokio::test]
async fn grpc_takes_gzip_and_says_what_it_refuses() {
    let recorder = OtlpRecorder::builder().max_request(10_000).start().await.unwrap();
    let mut client = TraceServiceClient::connect(recorder.grpc_endpoint())
        .await
        .unwrap()
        .send_compressed(CompressionEncoding::Gzip);
    client.export(request("checkout", vec![span(1, "send orders", 0, PRODUCER)])).await.unwrap();
    let broken = Span { trace_id: vec![1, 2], ..span(2, "broken", 0, PRODUCER) };
    let answer = client.export(request("checkout", vec![broken])).await.unwrap().into_inner();
    let partial = answer.partial_success.unwrap();
    let why = "the span \"broken\" has the trace id \"\\x01\\x02\", 2 bytes";
    assert_eq!((partial.rejected_spans, &*partial.error_message), (1, why));
    let large = client.export(request(&"n".repeat(20_000), vec![span(3, "large", 0, PRODUCER)])).await;
    assert!(large.is_err());
    recorder.wait_until(|recorder| recorder.refused().len() == 2, SOON).await;
    let refused = recorder.refused();
    assert_eq!(refused[0], why);
    let large = "POST /opentelemetry.proto.collector.trace.v1.TraceService/Export: gRPC status ";
    assert!(refused[1].starts_with(large), "{refused:?}");
    recorder.assert_tree("checkout: send orders  PRODUCER");
}

#[test]
fn bodies_may_be_json_and_compressed() {
    let recorder = start();
    let json = br#"{"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]},
        "scopeSpans": [{"scope": {"name": "js"}, "spans": [{
            "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "send orders",
            "kind": 4, "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"
        }]}]
    }]}"#;
    let json_type = "content-type: application/json; charset=utf-8\r\n";
    let (status, body) = post(&recorder, "/v1/traces", json_type, json);
    assert_eq!((status, &*String::from_utf8_lossy(&body)), (200, r#"{"partialSuccess":null}"#));
    let bytes = request("checkout", vec![span(1, "send orders", 0, PRODUCER)]).encode_to_vec();
    let headers = format!("{PROTOBUF}content-encoding: gzip\r\n");
    assert_eq!(post(&recorder, "/v1/traces", &headers, &gzip(&bytes)).0, 200);
    recorder.assert_tree("checkout: send orders PRODUCER\nweb: send orders PRODUCER");
    assert_eq!(recorder.refused(), [""; 0]);
}

#[test]
fn what_is_not_otlp_is_refused_and_told_of() {
    let gzipped = format!("{PROTOBUF}content-encoding: gzip\r\n");
    let bomb = gzip(&vec![0; 100_000]);
    let large = vec![0; 100_000];
    for (path, headers, body, status, why) in [
        (
            "/v1/traces",
            PROTOBUF,
            &b"garbage"[..],
            400,
            "POST /v1/traces: 400: the body, 7 bytes, is not a request of this path: ",
        ),
        (
            "/v1/traces",
            "content-type: application/json\r\n",
            b"{\"resourceSpans\": 1}",
            400,
            "POST /v1/traces: 400: the body, 20 bytes, is not a request of this path: ",
        ),
        (
            "/v1/traces",
            "content-type: text/html\r\n",
            b"",
            415,
            "POST /v1/traces: 415: the content type is \"text/html\", not application/x-protobuf or application/json",
        ),
        ("/v1/traces", "", b"", 415, "POST /v1/traces: 415: the content type is \"\", not "),
        (
            "/v1/logs",
            &format!("{PROTOBUF}content-encoding: br\r\n"),
            b"",
            415,
            "POST /v1/logs: 415: the content encoding is \"br\", not gzip",
        ),
        ("/v1/traces", &gzipped, b"garbage", 400, "POST /v1/traces: 400: the body is not gzip: "),
        ("/v1/traces", &gzipped, &bomb, 413, "POST /v1/traces: 413: the request has more than 10000 bytes"),
        (
            "/v1/metrics",
            PROTOBUF,
            &large,
            413,
            "POST /v1/metrics: 413: the request has more than 10000 bytes",
        ),
        (
            "/api/v2/spans",
            PROTOBUF,
            b"",
            404,
            "POST /api/v2/spans: 404: OTLP's paths are /v1/traces, /v1/metrics and /v1/logs",
        ),
    ] {
        let recorder = OtlpRecorder::builder().max_request(10_000).start_blocking().unwrap();
        assert_eq!(post(&recorder, path, headers, body).0, status, "{why}");
        let refused = recorder.refused();
        assert!(refused.len() == 1 && refused[0].starts_with(why), "{refused:?}");
    }
}

#[test]
fn a_connection_that_is_not_http_is_told_of() {
    let recorder = start();
    connect(&recorder).write_all(b"\x16\x03\x01\x02 this is TLS\r\n\r\n").unwrap();
    recorder.wait_until_blocking(|recorder| !recorder.refused().is_empty(), SOON);
    let refused = recorder.refused();
    assert!(refused[0].starts_with("a connection that is not HTTP: "), "{refused:?}");
}

#[test]
fn an_exporter_that_hangs_up_is_told_of() {
    for half in [HALF, "POST /v1/traces HTTP/1.1\r\ncontent-ty"] {
        let recorder = start();
        let mut stream = connect(&recorder);
        stream.write_all(half.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
        recorder.wait_until_blocking(|recorder| !recorder.refused().is_empty(), SOON);
        let message = message_of(|| drop(recorder.wait_for_blocking(1, AT_ONCE)));
        assert!(message.contains("for 1 spans; 0 have arrived:\nrefused: 1\n    "), "{message}");
    }
}

#[test]
fn a_request_that_never_ends_is_told_of_when_the_deadline_passes() {
    let recorder = start();
    let mut stream = connect(&recorder);
    stream.write_all(HALF.as_bytes()).unwrap();
    recorder.wait_until_blocking(is_under_way, SOON);
    let message = message_of(|| drop(recorder.wait_for_blocking(1, AT_ONCE)));
    assert!(message.ends_with("0 have arrived:\nrequests that have begun and not ended: 1\n"), "{message}");
}

#[test]
fn a_hundred_thousand_spans_arrive_and_a_failure_is_short() {
    let recorder = start();
    for batch in 0..10 {
        let spans = (1..=10_000).map(|i| span(batch * 10_000 + i, "send orders", 0, PRODUCER)).collect();
        take(&recorder, &request("checkout", spans));
    }
    assert_eq!(recorder.wait_for_blocking(100_000, SOON).len(), 100_000);
    let message = message_of(|| drop(recorder.wait_for_blocking(100_001, AT_ONCE)));
    assert!(
        message.contains("100000 have arrived") && message.contains("… and 99800 lines more"),
        "{message}"
    );
    assert!(message.len() < 20_000, "{}", message.len());
    let message = message_of(|| recorder.assert_tree("checkout: send orders PRODUCER"));
    assert!(message.len() < 30_000, "{}", message.len());
}

#[test]
fn spans_that_an_exporter_sends_again_count_once() {
    let recorder = start();
    let same = request("checkout", vec![span(1, "send orders", 0, PRODUCER)]);
    take(&recorder, &same);
    take(&recorder, &same);
    recorder.assert_tree("checkout: send orders  PRODUCER");
    // Another span of the same identifiers is a fault of the service.
    take(&recorder, &request("checkout", vec![span(1, "other", 0, PRODUCER)]));
    let message = message_of(|| recorder.assert_tree("checkout: send orders  PRODUCER"));
    check_lines(
        &message,
        &[
            "the trace tree is not as expected",
            "spans that arrived again: 1",
            "- expected, + recorded:",
            "    checkout: send orders PRODUCER",
            "  + checkout: other PRODUCER",
            "recorded, but not asked for:",
            "    checkout: other PRODUCER",
        ],
    );
}

#[test]
fn all_of_a_span_arrives() {
    let recorder = start();
    let link = Link {
        trace_id: 1_u128.to_be_bytes().to_vec(),
        span_id: 1_u64.to_be_bytes().to_vec(),
        ..Link::default()
    };
    let list = |values| Some(AnyValue { value: Some(Any::ArrayValue(ArrayValue { values })) });
    let one = AnyValue { value: Some(Any::IntValue(1)) };
    let two = AnyValue { value: Some(Any::BoolValue(true)) };
    let map = KeyValueList { values: vec![attribute("a", Some(one.clone()))] };
    let process = Span {
        attributes: vec![
            attribute("error.type", text("timeout")),
            attribute("numbers", list(vec![one.clone(), one.clone()])),
            attribute("mixed", list(vec![one, two])),
            attribute("map", Some(AnyValue { value: Some(Any::KvlistValue(map)) })),
        ],
        links: vec![link],
        status: Some(Status { code: 2, message: "no money".to_owned() }),
        ..span(2, "process orders", 1, CONSUMER)
    };
    let outside = Span { flags: 0x301, ..span(3, "receive", 9, 0) };
    take(&recorder, &request("checkout", vec![span(1, "send orders", 0, PRODUCER)]));
    take(&recorder, &request("payments", vec![process, outside]));
    recorder.tree().attributes(["numbers", "mixed", "map"]).assert(
        r#"
        checkout: send orders          PRODUCER  #1
        └ payments: process orders     CONSUMER  links: #1  error=timeout  numbers=[1,1]  mixed={"arrayValue":{"values":[{"intValue":"1"},{"boolValue":true}]}}  map={"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}
        (remote)
        └ payments: receive            INTERNAL
        "#,
    );
    recorder.assert_no_orphans();
    assert!(recorder.finished()[2].span.span_context.is_sampled());
}

#[test]
fn what_happens_between_services_is_asserted() {
    let recorder = start();
    take(&recorder, &request("checkout", vec![to("orders", span(1, "send orders", 0, PRODUCER))]));
    take(&recorder, &request("payments", vec![to("orders", span(2, "process orders", 1, CONSUMER))]));
    recorder.assert_no_orphans();
    recorder.assert_every_message_linked();
    recorder.assert_one_trace();
    recorder.assert_hop(&Hop::over("orders").from("checkout").to("payments"));
    post(&recorder, "/v1/traces", "content-type: a\r\n", b"");
    let message = message_of(|| recorder.assert_hop(&Hop::over("orders").to("shipping")));
    check_lines(
        &message,
        &[
            "no message went (any) → orders → shipping; those that were recorded went:",
            "    checkout → orders → payments",
            "what was recorded:",
            "checkout: send orders       PRODUCER",
            "└ payments: process orders  CONSUMER",
            "refused: 1",
            "    POST /v1/traces: 415: the content type is \"a\", not application/x-protobuf or application/json",
        ],
    );
}

#[test]
fn metrics_show_their_last_state() {
    let recorder = start();
    let sum = |value, temporality| Metric {
        name: "letters".to_owned(),
        unit: "{letter}".to_owned(),
        data: Some(Data::Sum(Sum {
            data_points: vec![NumberDataPoint {
                attributes: vec![attribute("to", text("orders"))],
                value: Some(Number::AsInt(value)),
                ..NumberDataPoint::default()
            }],
            aggregation_temporality: temporality,
            is_monotonic: true,
        })),
        ..Metric::default()
    };
    let histogram = Metric {
        name: "time".to_owned(),
        unit: "s".to_owned(),
        data: Some(Data::Histogram(Histogram {
            data_points: vec![HistogramDataPoint {
                count: 2,
                sum: Some(0.5),
                ..HistogramDataPoint::default()
            }],
            aggregation_temporality: 1,
        })),
        ..Metric::default()
    };
    let (delta, cumulative) = (1, 2);
    for (service, metrics) in [
        ("checkout", vec![sum(2, cumulative), histogram.clone()]),
        ("checkout", vec![sum(5, cumulative), histogram]),
        ("payments", vec![sum(2, delta)]),
        ("payments", vec![sum(5, delta)]),
    ] {
        let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
        let resource = resource(service);
        let of_resource = ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![of_resource] };
        assert_eq!(post(&recorder, "/v1/metrics", PROTOBUF, &request.encode_to_vec()).0, 200);
    }
    let lines: Vec<String> = recorder.metrics().iter().map(ToString::to_string).collect();
    let expected = [
        "checkout: letters {letter} counter [to=orders] 5",
        "checkout: time s histogram [] 4",
        "payments: letters {letter} counter [to=orders] 7",
    ];
    assert_eq!(lines, expected);
    assert!((recorder.metrics()[1].point.sum - 1.0).abs() < 1e-9);
    assert_eq!(*recorder.metrics()[2].resource, [KeyValue::new("service.name", "payments")]);
}

#[test]
fn logs_are_recorded_with_their_span() {
    let recorder = start();
    let record = LogRecord {
        severity_text: "INFO".to_owned(),
        body: text("charged\n"),
        trace_id: 1_u128.to_be_bytes().to_vec(),
        span_id: 2_u64.to_be_bytes().to_vec(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    let of_resource = ResourceLogs { resource: resource("payments"), scope_logs, ..ResourceLogs::default() };
    let request = ExportLogsServiceRequest { resource_logs: vec![of_resource] };
    assert_eq!(post(&recorder, "/v1/logs", PROTOBUF, &request.encode_to_vec()).0, 200);
    recorder.wait_until_blocking(|recorder| recorder.logs().len() == 1, SOON);
    let log = &recorder.logs()[0];
    assert_eq!(log.to_string(), "payments: INFO charged\\n");
    assert_eq!((log.trace_id, log.span_id), (1_u128.into(), 2_u64.into()));
    assert_eq!(*log.resource, [KeyValue::new("service.name", "payments")]);
    recorder.clear();
    assert!(recorder.logs().is_empty());
}

#[test]
fn an_address_that_is_taken_is_named() {
    let recorder = start();
    let address = format!("127.0.0.1:{}", recorder.port());
    let error = OtlpRecorder::builder().address(&address).start_blocking().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&format!("a recorder cannot listen at {address}: ")), "{error}");
}

#[test]
fn variables_name_the_machine_as_the_service_knows_it() {
    let recorder = OtlpRecorder::builder().address("0.0.0.0:0").start_blocking().unwrap();
    let port = recorder.port();
    let endpoint = |variables: Vec<(String, String)>| {
        variables.into_iter().find(|(name, _)| name == "OTEL_EXPORTER_OTLP_ENDPOINT").unwrap().1
    };
    assert_eq!(endpoint(recorder.variables()), format!("http://127.0.0.1:{port}"));
    assert_eq!(
        endpoint(recorder.variables_at("host.docker.internal")),
        format!("http://host.docker.internal:{port}")
    );
    assert!(
        recorder.grpc_variables().contains(&("OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(), "grpc".to_owned()))
    );
}

#[test]
fn an_answer_says_how_many_spans_were_refused() {
    let recorder = start();
    let spans = vec![Span { span_id: Vec::new(), ..span(1, "broken", 0, 0) }, span(2, "whole", 0, 0)];
    let (status, body) = post(&recorder, "/v1/traces", PROTOBUF, &request("a", spans).encode_to_vec());
    let answer = ExportTraceServiceResponse::decode(&*body).unwrap();
    assert_eq!((status, answer.partial_success.unwrap().rejected_spans), (200, 1));
    assert_eq!(recorder.refused(), ["the span \"broken\" has the span id \"\", 0 bytes"]);
    recorder.assert_tree("a: whole INTERNAL");
}
