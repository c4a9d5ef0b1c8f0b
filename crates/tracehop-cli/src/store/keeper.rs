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

/// How often it is made anew at least, also if not all of it could be brought up to date.
const PUBLISH: Duration = Duration::from_secs(1);

/// How many journeys are looked at before readers may look again.
const JOURNEYS_AT_ONCE: usize = 128;

/// For how long journeys are looked at before more is taken in: what waits is bounded, and what does not fit is refused.
const SLICE: Duration = Duration::from_millis(20);

/// How many spans and journeys may wait to be looked at.
const BACKLOG: usize = 100_000;

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
    /// How many batches were taken in.
    pub(super) batches: u64,
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
    let mut schedule = Schedule::new();
    while let Some(batches) = shared.queue.take(schedule.wait()) {
        for batch in batches {
            schedule.is_stale = true;
            let bytes = batch.bytes;
            take_in(shared, batch);
            shared.queue.sorted(bytes);
            // More would be taken in than can be looked at. Meanwhile the queue fills, and senders are asked to come again.
            while backlog(shared) > BACKLOG {
                refresh_for(shared, SLICE);
            }
        }
        let now = Instant::now();
        if now >= schedule.next_expiry {
            schedule.next_expiry = now + EXPIRE;
            schedule.is_stale |= expire(shared);
        }
        if schedule.is_due(now) {
            let is_done = refresh_for(shared, SLICE);
            schedule.refreshed(now, is_done);
            if is_done || now >= schedule.next_list {
                publish(shared);
                schedule.next_list = now + PUBLISH;
            }
        }
    }
    while !refresh_for(shared, SLICE) {}
    publish(shared);
}

/// When what is due.
struct Schedule {
    next_refresh: Instant,
    next_expiry: Instant,
    next_list: Instant,
    /// Whether something has changed since the last refresh began.
    is_stale: bool,
    /// Whether a refresh has begun and not ended.
    in_midst: bool,
}

impl Schedule {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            next_refresh: now,
            next_expiry: now + EXPIRE,
            next_list: now,
            is_stale: false,
            in_midst: false,
        }
    }

    /// How long nothing is to be done if nothing comes in.
    fn wait(&self) -> Duration {
        let due = match (self.in_midst, self.is_stale) {
            (true, _) => return Duration::ZERO,
            (false, true) => self.next_refresh.min(self.next_expiry),
            (false, false) => self.next_expiry,
        };
        due.saturating_duration_since(Instant::now())
    }

    fn is_due(&self, now: Instant) -> bool {
        self.in_midst || self.is_stale && now >= self.next_refresh
    }

    fn refreshed(&mut self, began: Instant, is_done: bool) {
        if !self.in_midst {
            self.is_stale = false;
            self.next_refresh = began + REFRESH;
        }
        self.in_midst = !is_done;
    }
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
    let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
    batch.logs.into_iter().for_each(|line| kept.logs.add(line));
    kept.batches += 1;
}

/// Whether something left.
fn expire(shared: &Shared) -> bool {
    let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
    let before = kept.index.len();
    kept.index.expire(SystemTime::now());
    kept.index.len() != before
}

/// Looks at journeys for so long, and says whether all are up to date.
fn refresh_for(shared: &Shared, slice: Duration) -> bool {
    let started = Instant::now();
    loop {
        let mut kept = shared.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.index.refresh_some(JOURNEYS_AT_ONCE) {
            return true;
        }
        drop(kept);
        if started.elapsed() >= slice {
            return false;
        }
    }
}

fn backlog(shared: &Shared) -> usize {
    shared.kept.read().unwrap_or_else(PoisonError::into_inner).index.backlog()
}

fn publish(shared: &Shared) {
    let kept = shared.kept.read().unwrap_or_else(PoisonError::into_inner);
    let journeys = kept.index.summaries().map(Arc::clone).collect();
    let snapshot = Snapshot {
        journeys,
        counts: kept.counts(),
        made: SystemTime::now(),
        batches: kept.batches,
        pending: kept.index.backlog(),
    };
    drop(kept);
    shared.snapshot.store(Arc::new(snapshot));
    shared.news.send_modify(|news| *news += 1);
}
