//! Spans that are encoded where they end, on their way through the processor.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{SpanContext, TraceFlags};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};
use proptest::prelude::*;
use prost::Message;
use tracehop_sdk::{
    ChunkSpanProcessor, ChunkSpanProcessorBuilder, DropReason, OtlpEncoder, OtlpExporter, OtlpRequest,
    OtlpResponse, OtlpTransport, OtlpTransportError,
};

use crate::counts::Counts;
use crate::delivery::{Script, answers};
use crate::spans::{Tape, enlarge, noise, plain};

/// Long enough for nothing to happen by itself.
const LONG: Duration = Duration::from_secs(3600);

/// A processor that does nothing until it is told to, whatever the environment says.
fn calm(transport: impl OtlpTransport + 'static) -> ChunkSpanProcessorBuilder<OtlpExporter> {
    let exporter = OtlpExporter::builder().timeout(Duration::from_millis(80)).transport(transport);
    ChunkSpanProcessor::builder(exporter.build().unwrap()).variables(|_| None).schedule_delay(LONG)
}

/// Ends these spans.
fn end(spans: Vec<SpanData>, processor: &ChunkSpanProcessor) {
    for span in spans {
        processor.on_end(span);
    }
}

/// A processor keeps sampled spans alone.
fn sampled(mut span: SpanData) -> SpanData {
    let context = &span.span_context;
    span.span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags() | TraceFlags::SAMPLED,
        context.is_remote(),
        context.trace_state().clone(),
    );
    span
}

#[test]
fn the_bytes_are_those_of_the_encoder_also_in_buffers_that_were_used() {
    let script = Arc::new(Script::default());
    let mut processor = calm(Arc::clone(&script)).build().unwrap();
    let resource = Tape(&noise(1, 50)).resource();
    processor.set_resource(&resource);
    let encoder = OtlpEncoder::new(&resource);
    let (mut expected, mut spans) = (Vec::new(), 0);
    for seed in 0..3_000 {
        let batch: Vec<_> = Tape(&noise(seed, 400)).batch().into_iter().map(sampled).collect();
        end(batch.clone(), &processor);
        processor.force_flush().unwrap();
        encoder.encode(&batch, &mut expected);
        let sent = std::mem::take(&mut *script.accepted.lock().unwrap());
        if batch.is_empty() {
            assert!(sent.is_empty());
        } else {
            assert!(sent == [expected.as_slice()], "seed {seed}");
        }
        spans += batch.len();
    }
    assert!(spans > 3_000, "the batches are empty: {spans} spans");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_span_is_counted_once(answers in answers(), count in 0..40_u64, max in 0..20_000_usize) {
        let script = Arc::new(Script { answers: Mutex::new(answers), ..Script::default() });
        let builder = OtlpExporter::builder().timeout(Duration::from_millis(80)).max_request_bytes(max);
        let exporter = builder.transport(Arc::clone(&script)).build().unwrap();
        let counters = exporter.counters();
        let builder = ChunkSpanProcessor::builder(exporter).variables(|_| None).schedule_delay(LONG);
        let processor = builder.max_export_batch_size(16).build().unwrap();
        end(plain(count), &processor);
        // It tells of those that failed since it was asked for, and some went before.
        let _ = processor.force_flush();
        let counts = Counts::of(&counters);
        prop_assert_eq!(counts.all(), count);
        let accepted = counts.delivered + counts.unconfirmed + counts.rejected;
        prop_assert_eq!(processor.drops().total(), count - accepted);
        let ids = script.ids();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(ids.len() as u64, accepted);
        prop_assert_eq!(sorted, ids, "in order, and each once");
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_until_its_parts_fit() {
    let script = Arc::new(Script { limit: Some(2_000), ..Script::default() });
    let exporter = OtlpExporter::builder().transport(Arc::clone(&script)).build().unwrap();
    let counters = exporter.counters();
    let processor = ChunkSpanProcessor::builder(exporter).variables(|_| None).build().unwrap();
    let mut batch = plain(100);
    // Not so large that it is exported before the flush that is to tell of it.
    enlarge(&mut batch[41], 900_000);
    end(batch, &processor);
    let error = processor.force_flush().unwrap_err().to_string();
    assert!(error.contains(r#"the span "receive orders" is too large"#), "{error}");
    let counts = Counts::of(&counters);
    assert_eq!((counts.delivered, counts.too_large), (99, 1));
    assert_eq!(processor.drops().total(), 1, "the others of its batch are not lost");
    let expected: Vec<u64> =
        plain(100).iter().map(|span| u64::from_be_bytes(span.span_context.span_id().to_bytes())).collect();
    let mut sent = script.ids();
    sent.sort_unstable();
    assert_eq!(sent, [&expected[..41], &expected[42..]].concat());
}

#[test]
fn large_spans_are_handed_over_before_a_chunk_is_full() {
    let script = Arc::new(Script::default());
    let processor = calm(Arc::clone(&script)).build().unwrap();
    let mut batch = plain(8);
    for span in &mut batch {
        enlarge(span, 400_000);
    }
    end(batch, &processor);
    processor.force_flush().unwrap();
    let sizes: Vec<usize> = script.accepted.lock().unwrap().iter().map(Vec::len).collect();
    assert!(sizes.len() >= 3 && sizes.iter().all(|size| *size < 1_500_000), "{sizes:?}");
    assert_eq!(script.ids().len(), 8);
}

/// Refuses more than so many spans at once, and does something at each request of one span.
struct OneByOne<F>(F, Arc<Script>);

impl<F> fmt::Debug for OneByOne<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneByOne")
    }
}

impl<F: Fn() -> Result<(), OtlpTransportError> + Send + Sync> OtlpTransport for OneByOne<F> {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        if request.spans() > 1 {
            return Err(OtlpTransportError::too_large("one by one"));
        }
        (self.0)()?;
        self.1.send(request)
    }
}

#[test]
fn of_a_batch_that_was_delivered_in_part_each_span_is_lost_for_its_own_reason() {
    let script = Arc::new(Script::default());
    let number = AtomicUsize::new(0);
    let transport = OneByOne(
        move || match number.fetch_add(1, Ordering::Relaxed) {
            1 => Err(OtlpTransportError::refused("no")),
            3 | 4 => panic!("no post today"),
            6 => Err(OtlpTransportError::retryable_after(LONG, "much later")),
            _ => Ok(()),
        },
        Arc::clone(&script),
    );
    let exporter = OtlpExporter::builder().timeout(Duration::from_secs(60)).transport(transport);
    let exporter = exporter.build().unwrap();
    let counters = exporter.counters();
    let builder = ChunkSpanProcessor::builder(exporter).variables(|_| None).schedule_delay(LONG);
    let processor = builder.build().unwrap();
    let drops = processor.drops();
    end(plain(10), &processor);
    let error = processor.force_flush().unwrap_err().to_string();
    assert!(error.contains("much later"), "{error}");
    assert_eq!(
        Counts::of(&counters),
        Counts { delivered: 6, refused: 1, panicked: 2, timed_out: 1, ..Counts::default() }
    );
    let of = |reason| drops.count(reason);
    assert_eq!(
        (
            of(DropReason::ExportFailed),
            of(DropReason::ExporterPanicked),
            of(DropReason::ExportTimedOut),
            drops.total()
        ),
        (1, 2, 1, 4)
    );
    assert_eq!(script.ids().len(), 6);
}

#[test]
fn an_exporter_that_takes_any_time_takes_the_longest_there_is() {
    let script = Arc::new(Script::default());
    let exporter = OtlpExporter::builder().timeout(Duration::MAX).transport(Arc::clone(&script));
    let exporter = exporter.build().unwrap();
    let processor = ChunkSpanProcessor::builder(exporter).variables(|_| None).build().unwrap();
    end(plain(3), &processor);
    processor.force_flush().unwrap();
    assert_eq!(script.ids().len(), 3);
    let error = OtlpExporter::builder().timeout(Duration::ZERO).transport(script).build().unwrap_err();
    assert_eq!(error.setting(), "timeout");
}

/// Says that it was called, and then waits for a word.
#[derive(Debug)]
struct Waiting {
    called: Sender<()>,
    word: Mutex<Receiver<()>>,
    script: Arc<Script>,
}

impl OtlpTransport for Waiting {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        self.called.send(()).unwrap();
        // Without anybody to say it, it goes on.
        let _ = self.word.lock().unwrap().recv();
        self.script.send(request)
    }
}

#[test]
fn what_does_not_fit_is_counted_and_all_else_arrives() {
    let ((called, was_called), (go, word)) = (channel(), channel());
    let script = Arc::new(Script::default());
    let transport = Waiting { called, word: Mutex::new(word), script: Arc::clone(&script) };
    let processor = calm(transport).max_queue_size(50).max_export_batch_size(10).build().unwrap();
    let mut first = plain(120);
    let others = first.split_off(10);
    end(first, &processor);
    was_called.recv().unwrap();
    end(others, &processor);
    let drops = processor.drops();
    assert_eq!((drops.count(DropReason::QueueFull), drops.total()), (70, 70));
    drop(go);
    processor.shutdown().unwrap();
    assert_eq!(script.ids().len(), 50);
    assert_eq!(drops.total(), 70);
}

#[test]
fn spans_of_many_threads_and_scopes_arrive_once_and_in_the_order_of_their_thread() {
    const THREADS: u64 = 8;
    const SPANS: u64 = 20_000;
    let script = Arc::new(Script::default());
    let processor =
        calm(Arc::clone(&script)).max_queue_size(200_000).schedule_delay(Duration::from_millis(1));
    let processor = processor.build().unwrap();
    let scopes: Vec<_> =
        ["a", "b", "c"].map(|name| opentelemetry::InstrumentationScope::builder(name).build()).into();
    let pattern = plain(1).remove(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (processor, scopes, pattern) = (&processor, &scopes, &pattern);
            scope.spawn(move || {
                for index in 0..SPANS {
                    let mut span = pattern.clone();
                    let context = SpanContext::new(
                        u128::from(thread + 1).into(),
                        (index + 1).into(),
                        TraceFlags::SAMPLED,
                        false,
                        opentelemetry::trace::TraceState::NONE,
                    );
                    span.span_context = context;
                    span.instrumentation_scope = scopes[usize::try_from(index % 3).unwrap()].clone();
                    processor.on_end(span);
                }
            });
        }
    });
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0, "{processor:?}");
    let mut newest: HashMap<(Vec<u8>, String), u64> = HashMap::new();
    let mut count = 0;
    for body in &*script.accepted.lock().unwrap() {
        let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        for of_scope in request.resource_spans.into_iter().flat_map(|spans| spans.scope_spans) {
            let scope = of_scope.scope.unwrap().name;
            for span in of_scope.spans {
                let id = u64::from_be_bytes(span.span_id.try_into().unwrap());
                // Each is the next one of its thread and its scope.
                let last = newest.entry((span.trace_id, scope.clone())).or_default();
                assert!(if *last == 0 { id <= 3 } else { id == *last + 3 }, "{id} after {last}");
                *last = id;
                count += 1;
            }
        }
    }
    assert_eq!(count, THREADS * SPANS);
}
