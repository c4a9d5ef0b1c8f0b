//! Batches that are sent to servers: of a provider, and of tapes.
#![cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]

use opentelemetry::KeyValue;
use opentelemetry::trace::{
    Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, Tracer,
    TracerProvider,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

use crate::spans::{Tape, noise, plain};

/// Spans of a provider that has limits, of several scopes.
fn of_a_provider(resource: &Resource) -> Vec<SpanData> {
    let memory = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_max_attributes_per_span(2)
        .with_max_events_per_span(2)
        .with_max_links_per_span(1)
        .with_resource(resource.clone())
        .with_simple_exporter(memory.clone())
        .build();
    for scope in ["shop", "warehouse"] {
        let tracer = provider.tracer(scope);
        let remote = |id: u8| {
            let state = "a=1,b=2".parse().unwrap();
            SpanContext::new(TraceId::from(u128::from(id)), SpanId::from(7), TraceFlags::SAMPLED, true, state)
        };
        let parent = opentelemetry::Context::new().with_remote_span_context(remote(9));
        let mut span = tracer
            .span_builder("receive orders")
            .with_kind(SpanKind::Consumer)
            .with_links((1..=3).map(|id| Link::new(remote(id), vec![KeyValue::new("a", 1)], 0)).collect())
            .with_attributes((0..5).map(|n| KeyValue::new(format!("key {n}"), n)).collect::<Vec<_>>())
            .start_with_context(&tracer, &parent);
        for event in ["one", "two", "three"] {
            span.add_event(event, vec![KeyValue::new("a", 1.5)]);
        }
        span.set_status(Status::error("refused"));
        span.end();
    }
    let spans = memory.get_finished_spans().unwrap();
    assert!(spans[0].dropped_attributes_count > 0 && spans[0].links.dropped_count > 0);
    assert!(spans[0].events.dropped_count > 0);
    spans
}

/// The batches that both exporters are given.
pub(crate) fn batches(resource: &Resource) -> Vec<Vec<SpanData>> {
    let mut batches = vec![of_a_provider(resource), plain(512)];
    for seed in 0..40 {
        let batch = Tape(&noise(seed, 400)).batch();
        if !batch.is_empty() {
            batches.push(batch);
        }
    }
    assert!(batches.len() > 20, "{} batches", batches.len());
    batches
}
