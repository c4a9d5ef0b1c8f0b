//! The official exporter of Rust.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Tracer, TracerProvider};
use opentelemetry_otlp::{
    Compression, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter as SpanExporterOfSdk};
use tokio::task::spawn_blocking;
use tonic::metadata::MetadataMap;
use tracehop_cli::entrance::EntranceConfig;

use crate::recorder::Mode;
use crate::server::{Server, TOKEN, config, with_token};

/// An exporter that remembers what it was told.
#[derive(Debug)]
struct Told {
    exporter: SpanExporter,
    were_taken: Arc<Mutex<Vec<bool>>>,
}

impl SpanExporterOfSdk for Told {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.were_taken.lock().unwrap().push(result.is_ok());
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Sends 1,000 spans in batches, and says of each whether it was taken.
async fn send(exporter: SpanExporter) -> Vec<bool> {
    let work = move || {
        let were_taken = Arc::default();
        let exporter = Told { exporter, were_taken: Arc::clone(&were_taken) };
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
        // What it says is of the last batch only.
        let _ = provider.force_flush();
        were_taken.lock().unwrap().clone()
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

fn check_told(were_taken: &[bool], expected: bool) {
    assert!(!were_taken.is_empty() && were_taken.iter().all(|taken| *taken == expected), "{were_taken:?}");
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
        check_told(&send(grpc(&server, compression, TOKEN)).await, true);
        check_all_arrived(server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_the_http_exporter_arrive() {
    let server = guarded().await;
    check_told(&send(http(&server, TOKEN).await).await, true);
    check_all_arrived(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exporters_are_told_that_their_token_is_wrong() {
    let server = guarded().await;
    for exporter in [grpc(&server, None, "wrong-horse-battery"), http(&server, "wrong-horse-battery").await] {
        check_told(&send(exporter).await, false);
    }
    let counted = server.counted();
    assert_eq!(counted.refused_requests, counted.requests);
    assert_eq!(counted.spans, 0);
}
