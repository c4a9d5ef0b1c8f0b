//! Exporters that do what a test wants, and spans for them.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks, SpanProcessor};
use tracehop_sdk::{ChunkSpanProcessor, ChunkSpanProcessorBuilder};

/// Longer than anything takes, unless it never happens.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A sampled span with this number as its identifier.
pub(crate) fn span(number: u64) -> SpanData {
    span_with(number, TraceFlags::SAMPLED)
}

pub(crate) fn span_with(number: u64, flags: TraceFlags) -> SpanData {
    let id = SpanId::from_bytes((number + 1).to_be_bytes());
    SpanData {
        span_context: SpanContext::new(TraceId::from_bytes([1; 16]), id, flags, false, TraceState::NONE),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "test".into(),
        start_time: std::time::UNIX_EPOCH,
        end_time: std::time::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    }
}

pub(crate) fn number(span: &SpanData) -> u64 {
    u64::from_be_bytes(span.span_context.span_id().to_bytes()) - 1
}

pub(crate) fn numbers(batch: &[SpanData]) -> Vec<u64> {
    batch.iter().map(number).collect()
}

pub(crate) fn end(processor: &ChunkSpanProcessor, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        processor.on_end(span(number));
    }
}

/// A builder that reads no variables of the process, and does nothing by the clock unless it is told to.
pub(crate) fn calm<E: SpanExporter + 'static>(exporter: E) -> ChunkSpanProcessorBuilder<E> {
    ChunkSpanProcessor::builder(exporter).variables(|_| None).schedule_delay(Duration::from_secs(3600))
}

/// Calls a function for each batch, on the processor's thread.
pub(crate) struct Calling<F>(pub(crate) F);

impl<F> fmt::Debug for Calling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calling")
    }
}

impl<F: Fn(Vec<SpanData>) -> OTelSdkResult + Send + Sync> SpanExporter for Calling<F> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        (self.0)(batch)
    }
}

/// An exporter that sends each batch here, as the numbers of its spans.
pub(crate) fn to_channel()
-> (Calling<impl Fn(Vec<SpanData>) -> OTelSdkResult + Send + Sync + 'static>, Batches) {
    let (sender, receiver) = channel();
    let exporter = Calling(move |batch: Vec<SpanData>| {
        let _test_is_over = sender.send(numbers(&batch));
        Ok(())
    });
    (exporter, Batches(receiver))
}

/// The batches that came.
pub(crate) struct Batches(Receiver<Vec<u64>>);

impl Batches {
    /// Waits for the next one.
    pub(crate) fn next(&self) -> Vec<u64> {
        self.0.recv_timeout(LONG).expect("a batch")
    }

    /// Those that are here.
    pub(crate) fn here(&self) -> Vec<Vec<u64>> {
        self.0.try_iter().collect()
    }

    /// How many spans come until the exporter is dropped.
    pub(crate) fn count_all(&self) -> usize {
        let mut count = 0;
        loop {
            match self.0.recv_timeout(LONG) {
                Ok(batch) => count += batch.len(),
                Err(RecvTimeoutError::Disconnected) => return count,
                Err(RecvTimeoutError::Timeout) => panic!("the exporter was not dropped"),
            }
        }
    }
}

/// Blocks exports until it is opened. It opens when it is dropped, so that a test that fails leaves no thread behind.
pub(crate) struct Gate {
    state: Arc<(Mutex<bool>, Condvar)>,
    entered: Mutex<Receiver<usize>>,
}

/// The exporter's side of a [`Gate`].
#[derive(Clone)]
pub(crate) struct Passage {
    state: Arc<(Mutex<bool>, Condvar)>,
    entered: Sender<usize>,
}

impl Gate {
    pub(crate) fn new() -> (Self, Passage) {
        let state = Arc::new((Mutex::new(false), Condvar::new()));
        let (sender, entered) = channel();
        (Self { state: Arc::clone(&state), entered: Mutex::new(entered) }, Passage { state, entered: sender })
    }

    /// Waits until an export stands before the gate, and answers how many spans it has.
    pub(crate) fn entered(&self) -> usize {
        self.entered.lock().unwrap().recv_timeout(LONG).expect("an export")
    }

    pub(crate) fn open(&self) {
        *self.state.0.lock().unwrap() = true;
        self.state.1.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

impl Passage {
    pub(crate) fn pass(&self, spans: usize) {
        let _test_is_over = self.entered.send(spans);
        let mut open = self.state.0.lock().unwrap();
        while !*open {
            open = self.state.1.wait(open).unwrap();
        }
    }
}

/// An exporter that blocks its thread until the gate is open, and then sends the batch here.
pub(crate) fn behind_gate()
-> (Calling<impl Fn(Vec<SpanData>) -> OTelSdkResult + Send + Sync + 'static>, Gate, Batches) {
    let (gate, passage) = Gate::new();
    let (sender, receiver) = channel();
    let exporter = Calling(move |batch: Vec<SpanData>| {
        passage.pass(batch.len());
        let _test_is_over = sender.send(numbers(&batch));
        Ok(())
    });
    (exporter, gate, Batches(receiver))
}
