//! The official exporter of Rust.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Tracer, TracerProvider};
use opentelemetry_otlp::{
    Compression, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::task::spawn_blocking;
use tonic::metadata::MetadataMap;
use tracehop_cli::entrance::EntranceConfig;

use crate::recorder::Mode;
use crate::server::{Server, TOKEN, config, with_token};

/// Sends 1,000 spans in batches, and says whether all of them were taken.
async fn send(exporter: SpanExporter) -> bool {
    let work = move || {
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder_empty().with_service_name("storefront").build())
            .build();
        let tracer = provider.tracer("shop");
        for number in 0..1_000 {
            let mut span = tracer.span_builder("send orders").with_kind(SpanKind::Producer).start(&tracer);
            span.set_attribute(KeyValue::new("order.id", number));
            span.end();
        }
        provider.force_flush().is_ok()
    };
    spawn_blocking(work).await.unwrap()
}

fn grpc(server: &Server, compression: Option<Compression>, token: &str) -> SpanExporter {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(format!("http://{}", server.grpc))
        .with_metadata(metadata);
    match compression {
        Some(compression) => exporter.with_compression(compression),
        None => exporter,
    }
    .build()
    .unwrap()
}

async fn http(server: &Server, token: &str) -> SpanExporter {
    let (endpoint, token) = (format!("http://{}/v1/traces", server.http), format!("Bearer {token}"));
    // Its client has a runtime of its own, which must not be made on this one.
    let build = move || {
        SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_headers(HashMap::from([("authorization".to_owned(), token)]))
            .build()
            .unwrap()
    };
    spawn_blocking(build).await.unwrap()
}

async fn guarded() -> Server {
    Server::of(EntranceConfig { access: with_token(), ..config() }, Mode::Takes).await
}

async fn check_all_arrived(server: Server) {
    assert_eq!(server.counted().refused_requests, 0);
    let recorder = server.stop().await;
    recorder.look(|got| {
        assert_eq!(got.spans.len(), 1_000);
        let mut orders: Vec<String> =
            got.spans.iter().map(|span| span.attribute("order.id").unwrap().to_text().into_owned()).collect();
        orders.sort_by_key(|order| order.parse::<u32>().unwrap());
        let expected: Vec<String> = (0..1_000).map(|number: u32| number.to_string()).collect();
        assert_eq!(orders, expected);
        let span = &got.spans[0];
        assert_eq!(
            (span.service(), span.name(), span.kind()),
            ("storefront", "send orders", &SpanKind::Producer)
        );
        assert_eq!(span.source().scope_name(), "shop");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_grpc_exporter_arrive() {
    for compression in [None, Some(Compression::Gzip)] {
        let server = guarded().await;
        assert!(send(grpc(&server, compression, TOKEN)).await);
        check_all_arrived(server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_http_exporter_arrive() {
    let server = guarded().await;
    assert!(send(http(&server, TOKEN).await).await);
    check_all_arrived(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exporters_are_told_that_their_token_is_wrong() {
    let server = guarded().await;
    assert!(!send(grpc(&server, None, "wrong-horse-battery")).await);
    assert!(!send(http(&server, "wrong-horse-battery").await).await);
    let counted = server.counted();
    assert!(counted.refused_requests >= 2, "{counted:?}");
    assert_eq!(counted.spans, 0);
}
