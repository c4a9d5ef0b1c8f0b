//! From those who take spans in to the one who sorts them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tracehop_journey::{JourneySpan, LogLine};

use super::full::Full;

/// What may wait, in bytes of spans and log records.
const MAX_BYTES: usize = 64 << 20;

/// What came in together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) spans: Vec<JourneySpan>,
    pub(super) logs: Vec<LogLine>,
    pub(super) arrived: SystemTime,
    pub(super) bytes: usize,
}

impl Batch {
    pub(super) fn new(spans: Vec<JourneySpan>, logs: Vec<LogLine>, arrived: SystemTime) -> Self {
        let of_spans = spans.iter().map(JourneySpan::bytes).sum::<usize>();
        let bytes = of_spans + logs.iter().map(LogLine::bytes).sum::<usize>();
        Self { spans, logs, arrived, bytes }
    }
}

/// A queue that is bounded by bytes.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// Whoever may wait for room waits here.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batches: VecDeque<Batch>,
    bytes: usize,
    /// How many batches there have been.
    in_all: u64,
    closed: bool,
}

impl Queue {
    /// Puts a batch at the end. It never waits.
    pub(super) fn offer(&self, batch: Batch) -> Result<(), Full> {
        let mut state = self.lock();
        state.has_room()?;
        state.put(batch);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Whether a batch would be taken now.
    pub(super) fn has_room(&self) -> Result<(), Full> {
        self.lock().has_room()
    }

    /// Puts a batch at the end, and waits for room. It blocks the thread.
    pub(super) fn put(&self, batch: Batch) -> Result<(), Full> {
        let full = |state: &mut State| state.bytes > MAX_BYTES && !state.closed;
        let waited = self.room.wait_while(self.lock(), full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(Full);
        }
        state.put(batch);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// All that waits, at once, or nothing after `timeout`. `None` once it is closed and empty.
    pub(super) fn take(&self, timeout: Duration) -> Option<VecDeque<Batch>> {
        let empty = |state: &mut State| state.batches.is_empty() && !state.closed;
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, empty);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed && state.batches.is_empty() {
            return None;
        }
        Some(std::mem::take(&mut state.batches))
    }

    /// Makes room for as much as was in a batch that [`take`](Self::take) gave out, once it is sorted.
    pub(super) fn sorted(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.room.notify_all();
    }

    /// How many batches were put since the start.
    pub(super) fn in_all(&self) -> u64 {
        self.lock().in_all
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
        self.room.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is half done when something could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self) -> Result<(), Full> {
        if self.bytes > MAX_BYTES || self.closed { Err(Full) } else { Ok(()) }
    }

    fn put(&mut self, batch: Batch) {
        self.bytes += batch.bytes;
        self.in_all += 1;
        self.batches.push_back(batch);
    }
}
