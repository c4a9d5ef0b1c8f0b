//! What it costs to encode a batch: ours beside opentelemetry-proto's structs and prost's encoding of them, as
//! opentelemetry-otlp does it.
//!
//! `cargo bench -p tracehop-sdk --features otlp --bench otlp`. Rounds of both take turns, and the fastest of each counts, for
//! whatever disturbs a round makes it slower. Both drop the batch, which an exporter owns.
//!
//! `--only ours`, `theirs` or `dropped` runs that many rounds (`--rounds N`) of one of them, for a tool that counts
//! instructions: `valgrind --tool=callgrind` of 1 and of 11 rounds, say, and a tenth of the difference.

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use prost::Message;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracehop_sdk::OtlpEncoder;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The SDK's batches.
const SPANS: u64 = 512;

fn context(id: u64) -> SpanContext {
    let trace = TraceId::from(u128::from(id) << 64 | 0x9e37_79b9_7f4a_7c15);
    SpanContext::new(trace, SpanId::from(id + 1), TraceFlags::SAMPLED, true, TraceState::default())
}

/// The span of a message that a consumer received.
fn receive(id: u64, scope: &InstrumentationScope) -> SpanData {
    let mut links = SpanLinks::default();
    links.links.push(Link::new(context(id + 100_000), vec![], 0));
    SpanData {
        span_context: context(id),
        parent_span_id: SpanId::from(id + 7),
        parent_span_is_remote: false,
        span_kind: SpanKind::Client,
        name: "receive orders".into(),
        start_time: SystemTime::now(),
        end_time: SystemTime::now(),
        attributes: vec![
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.operation.name", "poll"),
            KeyValue::new("messaging.operation.type", "receive"),
            KeyValue::new("messaging.destination.name", "orders"),
            KeyValue::new("messaging.destination.partition.id", "3"),
            KeyValue::new("messaging.kafka.offset", 123_456 + id.cast_signed()),
            KeyValue::new("messaging.consumer.group.name", "warehouse"),
            KeyValue::new("messaging.client.id", "warehouse-1"),
            KeyValue::new("messaging.message.body.size", 1_024),
            KeyValue::new("messaging.batch.message_count", 1),
        ],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links,
        status: Status::Unset,
        instrumentation_scope: scope.clone(),
    }
}

/// The fastest round of one side.
struct Side {
    name: &'static str,
    fastest: Duration,
    allocations: usize,
    bytes: usize,
}

impl Side {
    fn new(name: &'static str) -> Self {
        Self { name, fastest: Duration::MAX, allocations: 0, bytes: 0 }
    }

    fn round(&mut self, batch: &[SpanData], encode: impl FnOnce(Vec<SpanData>) -> usize) {
        let batch = batch.to_vec();
        let region = Region::new(ALLOCATOR);
        let start = Instant::now();
        self.bytes = black_box(encode(black_box(batch)));
        self.fastest = self.fastest.min(start.elapsed());
        self.allocations = region.change().allocations;
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn print(&self) {
        let by_span = self.fastest.as_nanos() as f64 / SPANS as f64;
        let Self { name, allocations, bytes, .. } = self;
        println!("{name:<34} {by_span:>8.1} ns/span {allocations:>8} allocations {bytes:>8} bytes");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let mut behind = arguments.iter().skip_while(|argument| *argument != name);
        behind.nth(1).map(String::as_str)
    };
    // `cargo test` runs each benchmark once.
    let usual = if arguments.iter().any(|argument| argument == "--bench") { 2_000 } else { 2 };
    let rounds = value("--rounds").and_then(|rounds| rounds.parse().ok()).unwrap_or(usual);
    let only = value("--only");
    let runs = |name: &str| only.is_none_or(|only| only == name);
    let resource = Resource::builder().with_service_name("warehouse").build();
    let scope = InstrumentationScope::builder("tracehop").with_version("0.1.0").build();
    let batch: Vec<SpanData> = (0..SPANS).map(|id| receive(id, &scope)).collect();

    let encoder = OtlpEncoder::new(&resource);
    let for_proto = ResourceAttributesWithSchema::from(&resource);
    let mut buffer = Vec::new();
    let mut ours = Side::new("OtlpEncoder");
    let mut theirs = Side::new("opentelemetry-proto, then prost");
    let mut dropped = Side::new("of both: the batch is dropped");
    for _ in 0..rounds {
        if runs("ours") {
            ours.round(&batch, |batch| {
                encoder.encode(&batch, &mut buffer);
                buffer.len()
            });
        }
        if runs("theirs") {
            theirs.round(&batch, |batch| {
                let resource_spans = group_spans_by_resource_and_scope(batch, &for_proto);
                ExportTraceServiceRequest { resource_spans }.encode_to_vec().len()
            });
        }
        if runs("dropped") {
            dropped.round(&batch, |batch| {
                drop(black_box(batch));
                0
            });
        }
    }
    for side in [&ours, &theirs, &dropped] {
        if side.fastest < Duration::MAX {
            side.print();
        }
    }
}
