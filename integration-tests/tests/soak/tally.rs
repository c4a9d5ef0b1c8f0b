//! What is counted, and what is checked with each message: nothing grows with the number of messages but a bit for each.

use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, trace};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tokio::sync::watch;
use tracehop::{CreationContext, MessagingTracer};

use crate::memory::Memory;
use crate::support::unique;
use crate::{DEADLINE, MESSAGES};

/// The counts of one soak.
pub(crate) struct Tally {
    broker: String,
    began: Instant,
    /// Distinguishes these traces from all others.
    salt: u64,
    sent: AtomicUsize,
    seen: Vec<AtomicBool>,
    handled: watch::Sender<usize>,
    repeats: AtomicUsize,
    mismatches: AtomicUsize,
    spans: Arc<Spans>,
    memory: Memory,
    pub(crate) tracer: MessagingTracer,
}

/// The counts of spans, which are checked as they end and not kept.
#[derive(Default)]
struct Spans {
    started: AtomicUsize,
    ended: AtomicUsize,
    failed: AtomicUsize,
    /// Spans of processing that are not linked to their parent, or to more.
    mislinked: AtomicUsize,
    /// Those that go on: as many as there are messages in flight.
    running: Mutex<HashSet<(TraceId, SpanId)>>,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::Relaxed)
}

impl Tally {
    /// For a process that may grow by so many [bytes](Memory).
    pub(crate) fn new(broker: &str, bound: usize) -> Arc<Self> {
        let spans = Arc::<Spans>::default();
        let provider = SdkTracerProvider::builder().with_span_processor(Counting(Arc::clone(&spans))).build();
        Arc::new(Self {
            broker: broker.to_owned(),
            began: Instant::now(),
            salt: std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), unique(broker)),
            sent: AtomicUsize::default(),
            seen: (0..MESSAGES).map(|_| AtomicBool::default()).collect(),
            handled: watch::Sender::default(),
            repeats: AtomicUsize::default(),
            mismatches: AtomicUsize::default(),
            spans,
            memory: Memory::new(bound),
            tracer: MessagingTracer::builder().tracer_provider(provider).build(),
        })
    }

    /// The trace of one message, as the request it is sent for would have begun it, and its payload, which tells.
    pub(crate) fn message(&self, number: usize) -> (Context, String) {
        let trace = TraceId::from((u128::from(self.salt) << 64) | (number as u128 + 1));
        let request =
            SpanContext::new(trace, SpanId::from(self.salt | 1), TraceFlags::SAMPLED, true, TraceState::NONE);
        (Context::new().with_remote_span_context(request), format!("{trace} {number}"))
    }

    /// The broker has one more.
    pub(crate) fn sent(&self) {
        count(&self.sent);
    }

    /// Handles one message: to be run inside its span.
    pub(crate) async fn handle(&self, payload: &[u8], creation: &CreationContext) {
        let text = std::str::from_utf8(payload).unwrap();
        let (trace, number) = text.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        let trace = TraceId::from_hex(trace).unwrap();
        let current = || Context::map_current(|cx| cx.span().span_context().trace_id());
        let before = current();
        // Others are handled on this thread in between.
        tokio::task::yield_now().await;
        if [creation.trace_id(), before, current()] != [trace; 3] {
            count(&self.mismatches);
        }
        if self.seen[number].swap(true, Ordering::Relaxed) {
            count(&self.repeats);
        } else {
            self.handled.send_modify(|handled| {
                *handled += 1;
                // In here: nobody else counts meanwhile.
                self.memory.handled(*handled);
            });
        }
    }

    /// Returns when so many different messages were handled.
    pub(crate) async fn handled(&self, messages: usize) {
        let mut handled = self.handled.subscribe();
        handled.wait_for(|handled| *handled >= messages).await.unwrap();
    }

    /// Runs one soak with a deadline, and tells how it went.
    pub(crate) async fn run(&self, soak: impl Future<Output = ()>) {
        let done = tokio::time::timeout(DEADLINE, soak).await.is_ok();
        assert!(done, "not done within {DEADLINE:?}: {self}");
        // Past the test harness, which shows what was printed by tests that fail.
        let mut out = std::io::stdout().lock();
        writeln!(out, "{self}, {:+} KiB", self.memory.growth() / 1024).unwrap();
        drop(out);
        assert_eq!(read(&self.mismatches), 0, "a handler saw another message's trace: {self}");
        assert_eq!(read(&self.spans.mislinked), 0, "a span was linked to another message: {self}");
        assert_eq!(
            (read(&self.sent), *self.handled.borrow()),
            (MESSAGES, MESSAGES),
            "sent and handled: {self}"
        );
        assert_eq!(self.unfinished(), 0, "spans go on: {self}");
        assert_eq!(read(&self.spans.started), read(&self.spans.ended), "each span ends once: {self}");
        assert_eq!(read(&self.spans.failed), 0, "nothing failed here: {self}");
        // A send and a handling for each, at least.
        assert!(read(&self.spans.ended) >= 2 * MESSAGES, "spans are missing: {self}");
        self.memory.assert_bounded();
    }

    fn unfinished(&self) -> usize {
        self.spans.running.lock().unwrap().len()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { broker, sent, repeats, mismatches, spans, .. } = self;
        let (sent, repeats) = (read(sent), read(repeats));
        let mismatches = read(mismatches) + read(&spans.mislinked);
        write!(f, "soak {broker}: {sent} messages, {} handled, ", *self.handled.borrow())?;
        if repeats > 0 {
            write!(f, "{repeats} of them again, ")?;
        }
        write!(
            f,
            "{} spans, {mismatches} mismatches, {} unfinished, ",
            read(&spans.ended),
            self.unfinished()
        )?;
        write!(f, "{:.1} s", self.began.elapsed().as_secs_f64())
    }
}

struct Counting(Arc<Spans>);

impl SpanProcessor for Counting {
    fn on_start(&self, span: &mut Span, _: &Context) {
        count(&self.0.started);
        let context = span.span_context();
        self.0.running.lock().unwrap().insert((context.trace_id(), context.span_id()));
    }

    fn on_end(&self, span: SpanData) {
        let id = (span.span_context.trace_id(), span.span_context.span_id());
        assert!(self.0.running.lock().unwrap().remove(&id), "a span ended that did not go on: {span:?}");
        count(&self.0.ended);
        if span.status != Status::Unset {
            count(&self.0.failed);
        }
        if span.span_kind == SpanKind::Consumer && !is_linked_to_its_parent(&span) {
            count(&self.0.mislinked);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn is_linked_to_its_parent(span: &SpanData) -> bool {
    let links: Vec<&trace::Link> = span.links.iter().collect();
    let [link] = links.as_slice() else { return false };
    let link = &link.span_context;
    (link.trace_id(), link.span_id()) == (span.span_context.trace_id(), span.parent_span_id)
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}
