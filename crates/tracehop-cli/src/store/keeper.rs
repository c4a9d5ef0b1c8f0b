//! The thread that owns the index.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tracehop_journey::Index;

use super::counts::StoreCounts;
use super::log_lines::LogLines;
use super::queue::{Batch, Queue};
use super::snapshot::Snapshot;

/// How often the list is made anew at most.
const REFRESH: Duration = Duration::from_millis(200);

/// How many times as long as it took to make the list passes before it is made again: so it takes a fifth of one core at most.
const REST: u32 = 4;

/// How often old spans are looked for, if nothing comes in.
const EXPIRE: Duration = Duration::from_secs(1);

/// How many spans are taken in before readers may look again.
const SPANS_AT_ONCE: usize = 512;

/// What readers and the thread share.
pub(super) struct Shared {
    pub(super) kept: RwLock<Kept>,
    pub(super) snapshot: ArcSwap<Snapshot>,
    pub(super) news: watch::Sender<u64>,
    pub(super) queue: Queue,
}

/// What is kept.
pub(super) struct Kept {
    pub(super) index: Index,
    pub(super) logs: LogLines,
    pub(super) taken_in: u64,
    pub(super) max_bytes: usize,
}

impl Kept {
    fn counts(&self) -> StoreCounts {
        StoreCounts {
            spans: self.index.len(),
            bytes: self.index.bytes(),
            max_bytes: self.max_bytes,
            taken_in: self.taken_in,
            log_lines: self.logs.len(),
            log_lines_dropped: self.logs.dropped(),
            dropped: self.index.dropped(),
        }
    }
}

/// Sorts what comes in until the queue is closed.
pub(super) fn run(shared: &Shared) {
    let mut next_refresh = Instant::now();
    let mut next_expiry = Instant::now() + EXPIRE;
    let mut is_stale = false;
    loop {
        let due = if is_stale { next_refresh.min(next_expiry) } else { next_expiry };
        let Some(batches) = shared.queue.take(due.saturating_duration_since(Instant::now())) else { break };
        for batch in batches {
            is_stale = true;
            take_in(shared, batch);
        }
        let now = Instant::now();
        if now >= next_expiry {
            next_expiry = now + EXPIRE;
            is_stale |= expire(shared);
        }
        if is_stale && now >= next_refresh {
            refresh(shared);
            is_stale = false;
            let took = now.elapsed();
            next_refresh = Instant::now() + REFRESH.max(took * REST);
        }
    }
    refresh(shared);
}

fn take_in(shared: &Shared, batch: Batch) {
    let mut spans = batch.spans.into_iter().peekable();
    while spans.peek().is_some() {
        let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
        for span in spans.by_ref().take(SPANS_AT_ONCE) {
            kept.taken_in += 1;
            kept.index.insert(span, batch.arrived);
        }
    }
    if !batch.logs.is_empty() {
        let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
        batch.logs.into_iter().for_each(|line| kept.logs.add(line));
    }
}

/// Whether something left.
fn expire(shared: &Shared) -> bool {
    let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
    let before = kept.index.len();
    kept.index.expire(SystemTime::now());
    kept.index.len() != before
}

fn refresh(shared: &Shared) {
    let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
    kept.index.refresh();
    let journeys = kept.index.summaries().map(Arc::clone).collect();
    let snapshot = Snapshot { journeys, counts: kept.counts(), made: SystemTime::now() };
    drop(kept);
    shared.snapshot.store(Arc::new(snapshot));
    shared.news.send_modify(|news| *news += 1);
}
