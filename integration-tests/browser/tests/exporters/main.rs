//! OpenTelemetry's exporter for Rust sends to the program, and the spans are read back from its API.

#![allow(clippy::unwrap_used, reason = "tests")]

use browser::{EXPORTING, Viewer, expect_order};
use opentelemetry::trace::{
    Link, Span, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

fn message(operation: &'static str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", "kafka"),
        KeyValue::new("messaging.destination.name", "orders"),
        KeyValue::new("messaging.operation.name", operation),
        KeyValue::new("messaging.operation.type", operation),
    ]
}

/// Sends the order, and waits until it was exported.
async fn export(exporter: SpanExporter) {
    let resource = Resource::builder_empty().with_service_name(EXPORTING).build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let scope = InstrumentationScope::builder("shop").with_version("0.1.0").build();
    let tracer = provider.tracer_with_scope(scope);
    let start = |name: &'static str, kind, attributes, links, parent: &Context| {
        let builder =
            SpanBuilder::from_name(name).with_kind(kind).with_attributes(attributes).with_links(links);
        tracer.build_with_context(builder, parent)
    };
    let root = Context::new();
    let user = vec![KeyValue::new("user.id", "42")];
    let request = root.with_span(start("POST /orders", SpanKind::Server, user, vec![], &root));
    let mut send = start("send orders", SpanKind::Producer, message("send"), vec![], &request);
    let context = send.span_context().clone();
    send.end();
    request.span().end();
    let mut attributes = message("process");
    let list = Value::Array(Array::String(["a", "b"].map(StringValue::from).to_vec()));
    attributes.extend([
        KeyValue::new("messaging.consumer.group.name", "billing"),
        KeyValue::new("error.type", "no_stock"),
        KeyValue::new("typed.text", "Grüße, \"Welt\" <b>"),
        KeyValue::new("typed.bool", true),
        KeyValue::new("typed.int", -42),
        KeyValue::new("typed.float", 0.5),
        KeyValue::new("typed.list", list),
    ]);
    let links = vec![Link::with_context(context)];
    let mut process = start("process orders", SpanKind::Consumer, attributes, links, &root);
    process.add_event("checked", vec![KeyValue::new("items", 3)]);
    process.set_status(Status::error("no stock"));
    process.end();
    tokio::task::spawn_blocking(move || provider.shutdown()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rust_exports_over_grpc_is_read_back() {
    let viewer = Viewer::start(&[]).await.unwrap();
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(viewer.grpc()).build().unwrap();
    export(exporter).await;
    expect_order(&viewer).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rust_exports_over_http_is_read_back() {
    let viewer = Viewer::start(&[]).await.unwrap();
    let endpoint = format!("{}/v1/traces", viewer.http());
    // Its client is a blocking one, which must not be made where others are awaited.
    let build = move || SpanExporter::builder().with_http().with_endpoint(endpoint).build();
    let exporter = tokio::task::spawn_blocking(build).await.unwrap().unwrap();
    export(exporter).await;
    expect_order(&viewer).await.unwrap();
}
