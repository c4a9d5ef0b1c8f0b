//! What came in, and the journeys that it makes.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use opentelemetry::trace::TraceId;
use tokio::sync::watch;
use tracehop_journey::{Index, JourneyId, JourneySpan, LogLine, SpanKey};

use super::config::StoreConfig;
use super::counts::StoreCounts;
use super::full::Full;
use super::keeper::{self, Kept, Shared};
use super::log_lines::LogLines;
use super::open_journey::OpenJourney;
use super::queue::{Batch, Queue};
use super::snapshot::Snapshot;

/// How many links to one span are shown.
const MAX_LINKS_IN: usize = 256;

/// What came in, and the journeys that it makes. Clones share it. When the last one is dropped its thread ends.
#[derive(Clone)]
pub struct Store(Arc<Running>);

struct Running {
    /// What journeys are searched by.
    tags: Vec<String>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Starts the thread that sorts spans.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start(config: StoreConfig) -> io::Result<Self> {
        let max_bytes = config.bounds.bytes();
        let index = Index::new(config.bounds).with_tags(config.tags.iter().map(String::as_str));
        let kept = Kept { index, logs: LogLines::new(config.log_bytes), taken_in: 0, batches: 0, max_bytes };
        let counts = StoreCounts { max_bytes, ..StoreCounts::default() };
        let snapshot =
            Snapshot { journeys: Vec::new(), counts, made: SystemTime::now(), batches: 0, pending: 0 };
        let shared = Arc::new(Shared {
            kept: RwLock::new(kept),
            snapshot: ArcSwap::from_pointee(snapshot),
            news: watch::Sender::new(0),
            queue: Queue::default(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("tracehop-store".to_owned())
            .spawn(move || keeper::run(&of_thread))?;
        Ok(Self(Arc::new(Running { tags: config.tags, shared, thread: Some(thread) })))
    }

    /// Takes in what came together: all or nothing. It never waits.
    ///
    /// # Errors
    ///
    /// If too much waits to be sorted: 64 MiB.
    pub fn offer(&self, spans: Vec<JourneySpan>, logs: Vec<LogLine>) -> Result<(), Full> {
        self.0.shared.queue.offer(Batch::new(spans, logs, SystemTime::now()))
    }

    /// Whether [`offer`](Self::offer) would take something now.
    ///
    /// # Errors
    ///
    /// If too much waits to be sorted.
    pub fn has_room(&self) -> Result<(), Full> {
        self.0.shared.queue.has_room()
    }

    /// Takes in what arrived earlier, and was kept since. It blocks the thread while too much waits to be sorted.
    pub fn put(&self, spans: Vec<JourneySpan>, logs: Vec<LogLine>, arrived: SystemTime) {
        // It is closed when the last clone is dropped, and this is one.
        let _ = self.0.shared.queue.put(Batch::new(spans, logs, arrived));
    }

    /// The attributes that journeys can be searched by.
    pub fn tags(&self) -> &[String] {
        &self.0.tags
    }

    /// Waits until the list of journeys shows all that was put up to now. While more comes in all the time, it may wait for a pause.
    pub async fn settled(&self) {
        let put = self.0.shared.queue.in_all();
        let mut news = self.news();
        let is_settled = |snapshot: &Snapshot| snapshot.batches >= put && snapshot.pending == 0;
        // The sender of news is dropped after the last clone, and this is one.
        while !is_settled(&self.snapshot()) && news.changed().await.is_ok() {}
    }

    /// The list of journeys. It is replaced five times a second at most.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.shared.snapshot.load_full()
    }

    /// One journey, as it is now, or `None` if it is not here any more.
    pub fn journey(&self, id: JourneyId) -> Option<OpenJourney> {
        let kept = self.0.shared.kept.read().unwrap_or_else(PoisonError::into_inner);
        let walked = kept.index.walk_journey(id);
        let mut links_in = HashMap::new();
        let mut logs = HashMap::new();
        for span in walked.spans() {
            let from: Vec<SpanKey> =
                kept.index.links_in(span.key()).take(MAX_LINKS_IN).map(|it| it.key()).collect();
            if !from.is_empty() {
                links_in.insert(span.key(), from);
            }
            let lines = kept.logs.of(span.key());
            if !lines.is_empty() {
                logs.insert(span.key(), lines);
            }
        }
        // What takes longer happens while spans come in again.
        drop(kept);
        let journey = walked.into_journey()?;
        Some(OpenJourney { journey, links_in, logs })
    }

    /// The journeys that run through a trace, latest start first.
    pub fn journeys_of_trace(&self, trace: TraceId) -> Vec<JourneyId> {
        let snapshot = self.snapshot();
        let through = snapshot.journeys.iter().filter(|journey| journey.traces.contains(&trace));
        through.map(|journey| journey.id).collect()
    }

    /// The first of the journeys that a span is in.
    pub fn journey_of_span(&self, span: SpanKey) -> Option<JourneyId> {
        let kept = self.0.shared.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.index.span(span)?;
        kept.index.journeys_of(span).first().copied()
    }

    /// The first of the journeys that a span stands in the midst of, or `None` if one begins with it. The span need not be here.
    pub fn journey_around(&self, span: SpanKey) -> Option<JourneyId> {
        let kept = self.0.shared.kept.read().unwrap_or_else(PoisonError::into_inner);
        let journeys = kept.index.journeys_of(span);
        let begins = journeys.contains(&JourneyId(span));
        journeys.first().copied().filter(|_| !begins)
    }

    /// Changes whenever the list of journeys does.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.0.shared.news.subscribe()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("counts", &self.snapshot().counts).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of it was told where it took place.
            let _ = thread.join();
        }
    }
}
