//! Over HTTP, what arrives is what opentelemetry-otlp makes arrive.

use std::time::Duration;

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracehop_sdk::OtlpExporter;

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::http_server::{Answer, Request, Server};
use crate::provider::batches;
use crate::spans::plain;

fn sent(exporter: &impl SpanExporter, server: &Server, batches: &[Vec<SpanData>]) -> Vec<Request> {
    let send = |batch: &Vec<SpanData>| {
        block_on(exporter.export(batch.clone())).unwrap();
        server.request()
    };
    batches.iter().map(send).collect()
}

#[test]
fn the_bytes_that_arrive_are_those_of_the_sdks_exporter() {
    let server = Server::start(vec![], Answer::ok());
    let resource = Resource::builder().with_service_name("shop").build();
    let batches = batches(&resource);

    let mut theirs = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(server.url())
        .with_headers([("x-token".to_owned(), "secret".to_owned())].into())
        .build()
        .unwrap();
    theirs.set_resource(&resource);
    let theirs = sent(&theirs, &server, &batches);

    let mut ours =
        OtlpExporter::builder().endpoint(server.url()).header("x-token", "secret").build().unwrap();
    ours.set_resource(&resource);
    let counters = ours.counters();
    let ours = sent(&ours, &server, &batches);

    assert_eq!(counters.delivered(), batches.iter().map(|batch| batch.len() as u64).sum::<u64>());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.line, theirs.line);
        for name in ["content-type", "content-encoding", "x-token", "content-length"] {
            assert_eq!(ours.header(name), theirs.header(name), "{name}");
        }
        assert!(ours.header("user-agent").unwrap().starts_with("tracehop-OTLP-Exporter-Rust/"));
        assert!(ours.body == theirs.body);
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_server_can_read_what_was_compressed() {
    use std::io::Read;

    let server = Server::start(vec![], Answer::ok());
    let batches = vec![plain(512), plain(1), plain(100)];
    let builder = || OtlpExporter::builder().endpoint(server.url());
    let plainly = sent(&builder().build().unwrap(), &server, &batches);
    let gzip = builder().compression(tracehop_sdk::OtlpCompression::Gzip).build().unwrap();
    let compressed = sent(&gzip, &server, &batches);
    for (plain, compressed) in plainly.iter().zip(&compressed) {
        assert_eq!(compressed.header("content-encoding"), Some("gzip"));
        // One span alone has little that repeats itself.
        assert!(compressed.body.len() < plain.body.len() || plain.body.len() < 1_000);
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(compressed.body.as_slice()).read_to_end(&mut body).unwrap();
        assert!(body == plain.body);
    }
}

#[test]
fn the_environment_says_where_to_and_with_which_headers() {
    let server = Server::start(vec![], Answer::ok());
    for (endpoint, path) in [
        (("OTEL_EXPORTER_OTLP_ENDPOINT", "/"), "/v1/traces"),
        (("OTEL_EXPORTER_OTLP_ENDPOINT", ""), "/v1/traces"),
        (("OTEL_EXPORTER_OTLP_ENDPOINT", "/otel"), "/otel/v1/traces"),
        (("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/otel?a=b"), "/otel?a=b"),
        (("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""), "/"),
    ] {
        let lookup = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_HEADERS" => Some("authorization=Basic%20AAA,user-agent=me".to_owned()),
            name if name == endpoint.0 => Some(format!("http://{}{}", server.address, endpoint.1)),
            _ => None,
        };
        let exporter = OtlpExporter::builder().variables(lookup).build().unwrap();
        block_on(exporter.export(plain(1))).unwrap();
        let request = server.request();
        assert_eq!(request.line, format!("POST {path} HTTP/1.1"));
        assert_eq!(request.header("authorization"), Some("Basic AAA"));
        assert_eq!(request.header("user-agent"), Some("me"));
        assert_eq!(request.headers.iter().filter(|(name, _)| name == "user-agent").count(), 1);
    }
}

#[test]
fn spans_do_not_wait_for_a_server_that_is_silent() {
    let server = Server::start(vec![], Answer::Silence);
    let exporter = OtlpExporter::builder().endpoint(server.url()).timeout(Duration::from_secs(2));
    let exporter = exporter.build().unwrap();
    let counters = exporter.counters();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let tracer = provider.tracer("test");
    for _ in 0..512 {
        tracer.start("send orders").end();
    }
    // The batch is on its way, and nobody has answered.
    server.request();
    for _ in 0..512 {
        tracer.start("send orders").end();
    }
    assert_eq!(Counts::of(&counters), Counts::default(), "the first batch is still waited for");
    let _ = provider.shutdown();
    assert_eq!(Counts::of(&counters), Counts { timed_out: 1_024, ..Counts::default() });
}
