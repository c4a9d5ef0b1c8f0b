//! Over gRPC, what arrives is what opentelemetry-otlp makes arrive.

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use prost::Message;
use tonic::metadata::MetadataMap;
use tracehop_sdk::{OtlpExporter, OtlpExporterBuilder, OtlpProtocol};

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::grpc_server::{Server, ok};
use crate::provider::batches;
use crate::spans::plain;

const LIMIT: usize = 4 * 1024 * 1024;

fn builder(server: &Server) -> OtlpExporterBuilder {
    OtlpExporter::builder().protocol(OtlpProtocol::Grpc).endpoint(server.url()).header("x-token", "secret")
}

fn sent(
    exporter: &impl SpanExporter,
    server: &Server,
    batches: &[Vec<SpanData>],
) -> Vec<(MetadataMap, ExportTraceServiceRequest)> {
    let send = |batch: &Vec<SpanData>| {
        block_on(exporter.export(batch.clone())).unwrap();
        server.request()
    };
    batches.iter().map(send).collect()
}

#[test]
fn what_arrives_is_what_the_sdks_exporter_makes_arrive() {
    let server = Server::start(vec![], ok(), LIMIT);
    let resource = Resource::builder().with_service_name("shop").build();
    let batches = batches(&resource);

    // tonic wants a runtime around it. Ours has its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let theirs = {
        let _entered = runtime.enter();
        let mut metadata = MetadataMap::new();
        metadata.insert("x-token", "secret".parse().unwrap());
        let mut theirs = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(server.url())
            .with_metadata(metadata)
            .build()
            .unwrap();
        theirs.set_resource(&resource);
        sent(&theirs, &server, &batches)
    };

    let mut ours = builder(&server).build().unwrap();
    ours.set_resource(&resource);
    let counters = ours.counters();
    let ours = sent(&ours, &server, &batches);

    let spans = batches.iter().map(|batch| batch.len() as u64).sum();
    assert_eq!(Counts::of(&counters), Counts { delivered: spans, ..Counts::default() });
    for (ours, theirs) in ours.iter().zip(&theirs) {
        // As bytes, for a NaN equals nothing.
        assert!(ours.1.encode_to_vec() == theirs.1.encode_to_vec());
        for name in ["content-type", "x-token", "te"] {
            assert_eq!(ours.0.get(name), theirs.0.get(name), "{name}");
        }
        let user_agent = ours.0.get("user-agent").unwrap().to_str().unwrap();
        assert!(user_agent.starts_with("tracehop-OTLP-Exporter-Rust/"), "{user_agent}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_server_can_read_what_was_compressed() {
    let server = Server::start(vec![], ok(), LIMIT);
    let batches = vec![plain(512), plain(1)];
    let plainly = sent(&builder(&server).build().unwrap(), &server, &batches);
    let gzip = builder(&server).compression(tracehop_sdk::OtlpCompression::Gzip).build().unwrap();
    let compressed = sent(&gzip, &server, &batches);
    for (plain, compressed) in plainly.iter().zip(&compressed) {
        assert_eq!(compressed.0.get("grpc-encoding").unwrap(), "gzip");
        // The server answers so too.
        assert!(compressed.0.get("grpc-accept-encoding").unwrap().to_str().unwrap().contains("gzip"));
        assert_eq!(plain.1, compressed.1);
    }
}

#[test]
fn the_environment_says_where_to_and_with_which_headers() {
    let server = Server::start(vec![], ok(), LIMIT);
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_PROTOCOL" => Some("grpc".to_owned()),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(server.address.to_string()),
        "OTEL_EXPORTER_OTLP_INSECURE" => Some("true".to_owned()),
        "OTEL_EXPORTER_OTLP_HEADERS" => Some("authorization=Basic%20AAA,user-agent=me".to_owned()),
        _ => None,
    };
    let exporter = OtlpExporter::builder().variables(lookup).build().unwrap();
    block_on(exporter.export(plain(1))).unwrap();
    let (metadata, _) = server.request();
    assert_eq!(metadata.get("authorization").unwrap(), "Basic AAA");
    assert!(metadata.get("user-agent").unwrap().to_str().unwrap().starts_with("me"));
    let shown = format!("{exporter:?}");
    assert!(!shown.contains("AAA"), "{shown}");
}

#[test]
fn it_works_inside_of_a_runtime_and_on_the_thread_of_a_processor() {
    let server = Server::start(vec![], ok(), LIMIT);
    let exporter = builder(&server).build().unwrap();
    let counters = exporter.counters();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let other = builder(&server).build().unwrap();
    let waiting = SdkTracerProvider::builder().with_simple_exporter(other).build();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for _ in 0..100 {
            provider.tracer("test").start("send orders").end();
        }
        waiting.tracer("test").start("send orders").end();
        provider.shutdown().unwrap();
        waiting.shutdown().unwrap();
        drop((provider, waiting));
    });
    assert_eq!(Counts::of(&counters), Counts { delivered: 100, ..Counts::default() });
}
