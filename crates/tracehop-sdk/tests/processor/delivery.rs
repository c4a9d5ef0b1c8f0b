//! What arrives at the exporter, when, and in which batches.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{TraceFlags, Tracer, TracerProvider};
use opentelemetry::{Context, Key};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, SpanData, SpanExporter, SpanProcessor,
};
use tracehop_sdk::JourneyExporter;

use crate::exporters::{Calling, LONG, calm, end, number, span, span_with, to_channel};

#[test]
fn every_span_of_many_threads_is_exported_once_and_in_order() {
    const THREADS: u64 = 8;
    const SPANS: u64 = 100_000;
    let newest = Arc::new(Mutex::new(HashMap::<u64, u64>::new()));
    let seen = Arc::clone(&newest);
    let exporter = Calling(move |batch: Vec<SpanData>| {
        assert!(batch.len() <= 300, "{}", batch.len());
        let mut seen = seen.lock().unwrap();
        for span in &batch {
            let (thread, index) = (number(span) / SPANS, number(span) % SPANS);
            // Each is the next one of its thread: so there is none twice, and none missing.
            let next = seen.entry(thread).or_default();
            assert_eq!(*next, index);
            *next += 1;
        }
        Ok(())
    });
    let processor = calm(exporter).max_queue_size(50_000).max_export_batch_size(300);
    let processor = processor.schedule_delay(Duration::from_millis(1)).build().unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let processor = &processor;
            scope.spawn(move || {
                for index in 0..SPANS {
                    // The flushes keep the queue from filling up, and run into each other.
                    if index % 5_000 == 0 {
                        processor.force_flush().unwrap();
                    }
                    processor.on_end(span(thread * SPANS + index));
                }
            });
        }
    });
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0, "{processor:?}");
    let newest = newest.lock().unwrap();
    assert_eq!(newest.len() as u64, THREADS);
    assert!(newest.values().all(|count| *count == SPANS), "{newest:?}");
}

#[test]
fn a_full_chunk_is_exported_at_once() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).build().unwrap();
    end(&processor, 0..300);
    assert_eq!(batches.next(), (0..256).collect::<Vec<_>>());
    assert!(batches.here().is_empty());
    processor.force_flush().unwrap();
    assert_eq!(batches.next(), (256..300).collect::<Vec<_>>());
}

#[test]
fn a_chunk_is_no_larger_than_a_batch_may_be() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).max_export_batch_size(3).build().unwrap();
    end(&processor, 0..7);
    processor.force_flush().unwrap();
    assert_eq!(batches.here(), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
}

#[test]
fn what_waits_is_exported_after_an_interval() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).schedule_delay(Duration::from_millis(10)).build().unwrap();
    end(&processor, [1]);
    assert_eq!(batches.next(), [1]);
    end(&processor, [2]);
    assert_eq!(batches.next(), [2]);
}

#[test]
fn what_waits_is_exported_when_the_queue_is_half_full() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).max_queue_size(10).build().unwrap();
    for round in 0..3 {
        end(&processor, (0..5).map(|number| round * 5 + number));
        assert_eq!(batches.next().len(), 5);
        // Its room is given back only once the export is over.
        processor.force_flush().unwrap();
    }
}

#[test]
fn what_several_threads_left_goes_into_one_batch() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).max_export_batch_size(5).build().unwrap();
    for number in 0..7 {
        thread::scope(|scope| scope.spawn(|| end(&processor, [number])).join().unwrap());
    }
    processor.force_flush().unwrap();
    let mut sizes: Vec<usize> = batches.here().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    // If this machine has few cores, some of the threads shared a shard.
    assert_eq!(sizes.iter().sum::<usize>(), 7);
    assert!(sizes.len() <= 3, "{sizes:?}");
}

#[test]
fn a_flush_exports_what_other_threads_ended() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).build().unwrap();
    thread::scope(|scope| scope.spawn(|| end(&processor, [1])).join().unwrap());
    processor.force_flush().unwrap();
    assert_eq!(batches.here(), [[1]]);
    processor.force_flush().unwrap();
    assert!(batches.here().is_empty());
}

#[test]
fn spans_that_are_not_sampled_are_not_kept() {
    let (exporter, batches) = to_channel();
    let processor = calm(exporter).max_queue_size(1).build().unwrap();
    for number in 0..10 {
        processor.on_end(span_with(number, TraceFlags::default()));
    }
    end(&processor, [10]);
    processor.force_flush().unwrap();
    assert_eq!(batches.here(), [[10]]);
    assert_eq!(processor.drops().total(), 0);
}

#[test]
fn spans_that_are_recorded_only_are_not_kept() {
    #[derive(Clone, Debug)]
    struct RecordOnly;
    impl opentelemetry_sdk::trace::ShouldSample for RecordOnly {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: opentelemetry::trace::TraceId,
            _: &str,
            _: &opentelemetry::trace::SpanKind,
            _: &[opentelemetry::KeyValue],
            _: &[opentelemetry::trace::Link],
        ) -> SamplingResult {
            SamplingResult {
                decision: SamplingDecision::RecordOnly,
                attributes: Vec::new(),
                trace_state: opentelemetry::trace::TraceState::default(),
            }
        }
    }
    let (exporter, batches) = to_channel();
    let builder = SdkTracerProvider::builder().with_sampler(RecordOnly);
    let provider = builder.with_span_processor(calm(exporter).build().unwrap()).build();
    provider.tracer("test").in_span("recorded", |_| {});
    provider.shutdown().unwrap();
    assert_eq!(batches.count_all(), 0);
}

#[test]
fn two_providers_have_nothing_to_do_with_each_other() {
    let (one, two) = (JourneyExporter::new(), JourneyExporter::new());
    let provider = |name, exporter: &JourneyExporter| {
        SdkTracerProvider::builder()
            .with_resource(Resource::builder_empty().with_service_name(name).build())
            .with_span_processor(calm(exporter.clone()).build().unwrap())
            .build()
    };
    let (first, second) = (provider("first", &one), provider("second", &two));
    first.tracer("test").in_span("a", |_| {});
    second.tracer("test").in_span("b", |_| {});
    first.shutdown().unwrap();
    second.tracer("test").in_span("c", |_| {});
    second.shutdown().unwrap();
    assert_eq!((one.len(), two.len()), (1, 2));
    // The resource came before the first span.
    assert_eq!(one.journeys()[0].spans().next().unwrap().service(), "first");
    assert_eq!(two.journeys()[0].spans().next().unwrap().service(), "second");
}

#[test]
fn an_exporter_without_spans_gets_its_resource_too() {
    #[derive(Debug)]
    struct Named(Arc<OnceLock<String>>);
    impl SpanExporter for Named {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            Ok(())
        }
        fn set_resource(&mut self, resource: &Resource) {
            let name = resource.get(&Key::from_static_str("service.name")).unwrap();
            self.0.set(name.to_string()).unwrap();
        }
    }
    let name = Arc::new(OnceLock::new());
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_service_name("quiet").build())
        .with_span_processor(calm(Named(Arc::clone(&name))).build().unwrap())
        .build();
    provider.shutdown().unwrap();
    assert_eq!(name.get().unwrap(), "quiet");
}

#[test]
fn an_exporter_that_makes_spans_does_not_feed_itself() {
    let tracer = Arc::new(OnceLock::<SdkTracer>::new());
    let inner = Arc::clone(&tracer);
    let (sender, batches) = channel();
    let exporter = Calling(move |batch: Vec<SpanData>| {
        assert!(Context::current().is_telemetry_suppressed());
        inner.get().unwrap().in_span("made by the exporter", |_| {});
        sender.send(batch.len()).unwrap();
        Ok(())
    });
    let provider = SdkTracerProvider::builder().with_span_processor(calm(exporter).build().unwrap()).build();
    tracer.set(provider.tracer("test")).unwrap();
    for _ in 0..3 {
        tracer.get().unwrap().in_span("made by the test", |_| {});
        provider.force_flush().unwrap();
        assert_eq!(batches.recv_timeout(LONG), Ok(1));
    }
}

#[test]
fn a_span_that_ends_with_its_thread_is_exported() {
    struct EndsLate(Arc<tracehop_sdk::ChunkSpanProcessor>);
    impl Drop for EndsLate {
        fn drop(&mut self) {
            end(&self.0, [7]);
        }
    }
    thread_local!(static LATE: RefCell<Option<EndsLate>> = const { RefCell::new(None) });
    let (exporter, batches) = to_channel();
    let processor = Arc::new(calm(exporter).build().unwrap());
    let late = EndsLate(Arc::clone(&processor));
    thread::spawn(move || LATE.with(|slot| *slot.borrow_mut() = Some(late))).join().unwrap();
    processor.force_flush().unwrap();
    assert_eq!(batches.here(), [[7]]);
}

#[test]
fn variables_are_read_and_settings_go_before_them() {
    let (exporter, _batches) = to_channel();
    let processor = tracehop_sdk::ChunkSpanProcessor::builder(exporter)
        .max_export_batch_size(20)
        .variables(|name| match name {
            "OTEL_BSP_MAX_QUEUE_SIZE" => Some("100".into()),
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" => Some("50".into()),
            "OTEL_BSP_SCHEDULE_DELAY" => Some("soon".into()),
            "OTEL_BSP_EXPORT_TIMEOUT" => Some("1500".into()),
            _ => None,
        })
        .build()
        .unwrap();
    let shown = format!("{processor:?}");
    let expected = "ChunkSpanProcessor { max_queue_size: 100, max_export_batch_size: 20, schedule_delay: 5s, \
                    export_timeout: 1.5s, held: 0, drops: Drops { queue_full: 0, ";
    assert!(shown.starts_with(expected), "{shown}");
}
