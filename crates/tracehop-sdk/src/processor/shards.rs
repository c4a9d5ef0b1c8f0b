//! Where spans wait until a chunk of them is full: one place for each thread, or a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use opentelemetry_sdk::trace::SpanData;

use super::chunk::{Chunk, Form};

/// Shards for each processor core. Some threads more than cores are usual, and two threads of one shard wait for each other: for as
/// long as a span is encoded, or until the one that has the lock gets a core again.
const PER_CORE: usize = 16;
/// A sweep looks at each of them.
const MOST: usize = 256;

/// Spans that ended, by the thread that they ended on.
pub(super) struct Shards {
    /// A power of two of them.
    all: Box<[Shard]>,
    chunk_size: usize,
    form: Form,
}

/// Two lines of a cache each, since processors fetch lines in pairs.
#[repr(align(128))]
struct Shard(Mutex<Kept>);

struct Kept {
    spans: Chunk,
    /// No span is taken any more. It is here, under the lock, so that no span comes after the last sweep.
    closed: bool,
}

/// What became of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Kept,
    /// It was handed over, with the chunk that it made full.
    HandedOver,
    /// No span is taken any more.
    Closed,
}

impl Shards {
    pub(super) fn new(chunk_size: usize, form: Form) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let count = cores.saturating_mul(PER_CORE).min(MOST).next_power_of_two();
        let shard = || Shard(Mutex::new(Kept { spans: form.chunk(0), closed: false }));
        Self { all: (0..count).map(|_| shard()).collect(), chunk_size, form }
    }

    /// Keeps a span. If it makes a chunk full, the chunk is handed over, still under the lock: so chunks of a thread are
    /// handed over in order, and whoever sweeps afterwards misses none. `hand_over` may give an empty one in return.
    pub(super) fn put(&self, span: SpanData, hand_over: impl FnOnce(Chunk) -> Option<Chunk>) -> Put {
        let Some(shard) = self.all.get(this_thread() & (self.all.len() - 1)) else {
            return Put::Closed;
        };
        let mut kept = shard.lock();
        if kept.closed {
            // Before the span is dropped, which takes longer.
            drop(kept);
            return Put::Closed;
        }
        match &mut kept.spans {
            Chunk::Spans(spans) => {
                spans.push(span);
                self.give(kept, hand_over)
            }
            #[cfg(feature = "otlp")]
            Chunk::Encoded(spans) => {
                spans.push(&span);
                // It is dropped outside of the lock.
                self.give(kept, hand_over)
            }
        }
    }

    /// Hands the chunk over if it is full.
    #[inline]
    fn give(&self, mut kept: MutexGuard<'_, Kept>, hand_over: impl FnOnce(Chunk) -> Option<Chunk>) -> Put {
        if !kept.spans.is_full(self.chunk_size) {
            return Put::Kept;
        }
        let full = std::mem::replace(&mut kept.spans, self.form.chunk(0));
        kept.spans = hand_over(full).unwrap_or_else(|| self.form.chunk(self.chunk_size));
        Put::HandedOver
    }

    /// Hands over what there is, and answers whether there was anything. If `close`, no span is taken afterwards.
    pub(super) fn sweep(&self, close: bool, mut hand_over: impl FnMut(Chunk) -> Option<Chunk>) -> bool {
        let mut any = false;
        for shard in &self.all {
            let mut kept = shard.lock();
            kept.closed |= close;
            if kept.spans.is_empty() {
                continue;
            }
            any = true;
            // A thread that ended few spans will probably do so again, and one without any spans needs no memory.
            let room = if close { 0 } else { kept.spans.len().next_power_of_two().min(self.chunk_size) };
            let found = std::mem::replace(&mut kept.spans, self.form.chunk(0));
            kept.spans = hand_over(found).unwrap_or_else(|| self.form.chunk(room));
        }
        any
    }
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing that is done under it leaves anything half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of this thread, counted from when threads first ended a span.
fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // A thread that ends may not have its number any more.
    NUMBER.try_with(|number| *number).unwrap_or(0)
}
