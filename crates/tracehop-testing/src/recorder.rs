//! An OpenTelemetry SDK whose spans a test can wait for and look at.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanId, TraceId, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, ShouldSample, Span, SpanData, SpanProcessor,
};
use tokio::sync::watch;
use tracehop::{MessagingTracer, MessagingTracerBuilder};

use crate::TraceTree;

/// An SDK of a test's own, and every span that it would export. It is cheap to clone, and clones share the spans.
///
/// It sets no global, so tests that have a recorder each can run in parallel. Spans that are not sampled are not recorded,
/// because no exporter would see them.
///
/// ```
/// use opentelemetry::trace::Tracer;
/// use tracehop_testing::SpanRecorder;
///
/// let spans = SpanRecorder::new();
/// spans.tracer().in_span("place order", |_| {});
/// spans.assert_tree("place order  INTERNAL");
/// ```
#[derive(Clone)]
pub struct SpanRecorder {
    provider: SdkTracerProvider,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    spans: Mutex<Spans>,
    /// Wakes threads that block, when a span ends.
    one_ended: Condvar,
    /// How many spans have ended. It wakes tasks that await.
    ended: watch::Sender<usize>,
}

#[derive(Default)]
struct Spans {
    /// How many spans have started. Clocks are too coarse to tell their order.
    started: u64,
    /// The place in that order of each span that has not ended.
    running: HashMap<(TraceId, SpanId), u64>,
    ended: Vec<(u64, SpanData)>,
}

impl Default for SpanRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl SpanRecorder {
    /// A recorder that samples every span.
    pub fn new() -> Self {
        Self::with_sampler(Sampler::AlwaysOn)
    }

    /// A recorder that samples no span and so records none. It is for tests of what is propagated nevertheless.
    pub fn unsampled() -> Self {
        Self::with_sampler(Sampler::AlwaysOff)
    }

    /// A recorder with a sampler of your own, for example `Sampler::ParentBased`.
    pub fn with_sampler(sampler: impl ShouldSample + 'static) -> Self {
        let log = Arc::<Log>::default();
        let processor = Processor(Arc::clone(&log));
        let provider =
            SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(processor).build();
        Self { provider, log }
    }

    /// A messaging tracer whose spans are recorded here, with defaults for everything else.
    pub fn messaging_tracer(&self) -> MessagingTracer {
        self.messaging_tracer_builder().build()
    }

    /// The builder of such a tracer, which can be configured further.
    pub fn messaging_tracer_builder(&self) -> MessagingTracerBuilder {
        MessagingTracer::builder().tracer_provider(self.provider.clone())
    }

    /// The SDK's provider, for example to shut it down.
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// A plain tracer, for spans of the application around the messaging ones.
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    /// The spans that have ended, in the order in which they started.
    pub fn finished(&self) -> Vec<SpanData> {
        let mut ended = self.log.lock().ended.clone();
        // A span may have been given an earlier start than the moment it was made.
        ended.sort_by_key(|(place, span)| (span.start_time, *place));
        ended.into_iter().map(|(_, span)| span).collect()
    }

    /// How many spans have started but not ended.
    pub fn unfinished(&self) -> usize {
        self.log.lock().running.len()
    }

    /// Forgets the spans that have ended.
    pub fn clear(&self) {
        let mut spans = self.log.lock();
        spans.ended.clear();
        self.log.ended.send_replace(0);
    }

    /// Waits until `count` spans have ended, and returns all that have, in the order in which they started. There may be
    /// more than `count`.
    ///
    /// It needs tokio's timer. It sleeps until a span ends and does not poll.
    ///
    /// # Panics
    ///
    /// Panics if `deadline` passes first. The message shows the spans that have ended until then.
    #[track_caller]
    pub fn wait_for(
        &self,
        count: usize,
        deadline: Duration,
    ) -> impl Future<Output = Vec<SpanData>> + Send + use<> {
        let caller = Location::caller();
        let spans = self.clone();
        async move {
            let mut ended = spans.log.ended.subscribe();
            let enough =
                tokio::time::timeout(deadline, ended.wait_for(|ended| *ended >= count)).await.is_ok();
            assert!(enough, "{}", spans.too_late(count, deadline, caller));
            spans.finished()
        }
    }

    /// [`wait_for`](Self::wait_for) for tests without a runtime. It blocks the thread.
    ///
    /// # Panics
    ///
    /// Panics if `deadline` passes first, as [`wait_for`](Self::wait_for) does.
    #[track_caller]
    pub fn wait_for_blocking(&self, count: usize, deadline: Duration) -> Vec<SpanData> {
        let spans = self.log.lock();
        let (spans, wait) = self
            .log
            .one_ended
            .wait_timeout_while(spans, deadline, |spans| spans.ended.len() < count)
            .unwrap_or_else(PoisonError::into_inner);
        drop(spans);
        assert!(!wait.timed_out(), "{}", self.too_late(count, deadline, Location::caller()));
        self.finished()
    }

    /// The spans that have ended, as a tree.
    pub fn tree(&self) -> TraceTree {
        TraceTree::new(self.finished())
    }

    /// Asserts that the spans that have ended are `expected`, as [`TraceTree`] writes them.
    ///
    /// Common indentation, blank lines, and how many spaces stand between two columns do not matter.
    ///
    /// # Panics
    ///
    /// Panics if they are not `expected`. The message shows both, line by line.
    #[track_caller]
    pub fn assert_tree(&self, expected: &str) {
        let unfinished = self.unfinished();
        let note = match unfinished {
            0 => String::new(),
            _ => format!("spans that have not ended: {unfinished}\n"),
        };
        self.tree().check(expected, &note);
    }

    fn too_late(&self, count: usize, deadline: Duration, caller: &Location<'_>) -> String {
        format!(
            "{caller}: waited {deadline:?} for {count} spans; {} have ended, {} have not:\n{}",
            self.finished().len(),
            self.unfinished(),
            self.tree()
        )
    }
}

impl fmt::Debug for SpanRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = self.log.lock();
        f.debug_struct("SpanRecorder")
            .field("finished", &spans.ended.len())
            .field("unfinished", &spans.running.len())
            .finish_non_exhaustive()
    }
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Spans> {
        // A test that failed elsewhere must not hide its own message behind a poisoned lock.
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Processor(Arc<Log>);

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, _: &Context) {
        let span = span.span_context();
        if span.is_sampled() {
            let mut spans = self.0.lock();
            spans.started += 1;
            let place = spans.started;
            spans.running.insert((span.trace_id(), span.span_id()), place);
        }
    }

    fn on_end(&self, span: SpanData) {
        let id = (span.span_context.trace_id(), span.span_context.span_id());
        let mut spans = self.0.lock();
        if let Some(place) = spans.running.remove(&id) {
            spans.ended.push((place, span));
            self.0.one_ended.notify_all();
            // Under the lock, so that the count never goes back.
            self.0.ended.send_replace(spans.ended.len());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpanRecorder")
    }
}
