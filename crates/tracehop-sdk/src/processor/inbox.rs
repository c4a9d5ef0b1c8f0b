//! What the worker has to do, and how far it is.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;

use super::chunk::{Chunk, MOST_BYTES};
use super::deadline::Deadline;
use super::failure::Failure;

/// How long the worker waits before it sweeps again, if the shards were empty though room was taken: some threads were between
/// taking room and leaving their span.
const SOON: Duration = Duration::from_millis(1);

/// How many empty chunks are kept.
#[cfg(feature = "otlp")]
const SPARES: usize = 4;

/// Chunks, requests and answers between the threads that end spans, those that flush and shut down, and the worker.
///
/// Its lock is held for some moves only. The number of chunks is bounded by the number of spans that there is room for.
pub(super) struct Inbox {
    state: Mutex<State>,
    /// The worker waits for it.
    work: Condvar,
    /// Those who flush and shut down wait for it.
    done: Condvar,
    chunk_size: usize,
    batch_size: usize,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Chunk>,
    /// Chunks whose spans were exported, with their memory.
    spares: Vec<Chunk>,
    /// How many chunks ever came and went.
    pushed: u64,
    taken: u64,
    /// Spans with the exporter.
    exporting: usize,
    wake: bool,
    flushes_asked: u64,
    flushes_done: u64,
    failures: u64,
    last_failure: Option<Failure>,
    resource: Option<Resource>,
    shutdown: Option<Deadline>,
    /// Nobody waits for the spans that are left any more, and they are counted as lost.
    abandoned: bool,
    finished: Option<Result<(), Failure>>,
}

/// The end of an interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    pub(super) at: Deadline,
    /// Whether the last order was a tick.
    pub(super) again: bool,
}

/// What the worker has to do next.
pub(super) enum Order {
    /// These chunks, which make one batch.
    Export(Vec<Chunk>),
    /// An interval is over.
    Tick,
    /// Much room is taken by chunks that are not full.
    Sweep,
    /// All flushes that were asked for up to this one.
    Flush(u64),
    ShutDown(Deadline),
}

/// A flush that was asked for.
pub(super) struct FlushTicket {
    number: u64,
    failures: u64,
}

impl Inbox {
    pub(super) fn new(chunk_size: usize, batch_size: usize) -> Self {
        Self { state: Mutex::default(), work: Condvar::new(), done: Condvar::new(), chunk_size, batch_size }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that is done under it leaves anything half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a chunk for the worker, without waking it, and answers with an empty one if there is one to spare. Never waits for
    /// it: what bounds the chunks is the room for spans.
    pub(super) fn push(&self, chunk: Chunk) -> Option<Chunk> {
        let mut state = self.lock();
        state.chunks.push_back(chunk);
        state.pushed += 1;
        state.spares.pop()
    }

    /// Takes an empty chunk back. A few are kept: as many as wait if the exporter keeps up.
    #[cfg(feature = "otlp")]
    pub(super) fn give_back(&self, chunk: Chunk) {
        let mut state = self.lock();
        if state.spares.len() < SPARES {
            state.spares.push(chunk);
        }
    }

    /// Has the worker see to a chunk that was pushed.
    pub(super) fn wake_for_chunk(&self) {
        self.work.notify_one();
    }

    /// Has the worker sweep.
    pub(super) fn wake_for_sweep(&self) {
        self.lock().wake = true;
        self.work.notify_one();
    }

    /// Waits until there is something to do; no longer than until `tick`. If it `is_crowded`, there is: at once, or soon if the
    /// last sweep was in `vain`. If the last order was a tick too, everything else goes first: nothing waits for ever because
    /// intervals are short or a hook is slow.
    pub(super) fn next(&self, tick: Tick, vain: bool, is_crowded: impl Fn() -> bool) -> Order {
        let mut state = self.lock();
        loop {
            if let Some(deadline) = state.shutdown {
                return Order::ShutDown(deadline);
            }
            if !tick.again && tick.at.passed() {
                return Order::Tick;
            }
            if state.flushes_asked > state.flushes_done {
                return Order::Flush(state.flushes_asked);
            }
            if let Some(chunks) = self.pop(&mut state, u64::MAX) {
                return Order::Export(chunks);
            }
            if tick.at.passed() {
                return Order::Tick;
            }
            let crowded = is_crowded();
            if std::mem::take(&mut state.wake) || (crowded && !vain) {
                return Order::Sweep;
            }
            let until = if crowded { tick.at.sooner(Deadline::after(SOON)) } else { tick.at };
            state = match until.remaining() {
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    let waited = self.work.wait_timeout(state, time);
                    let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
                    state.wake |= crowded && waited.timed_out();
                    state
                }
            };
        }
    }

    /// The number of the last chunk that came.
    pub(super) fn pushed(&self) -> u64 {
        self.lock().pushed
    }

    /// The next chunks of those up to the one with the number `last`, without waiting.
    pub(super) fn take(&self, last: u64) -> Option<Vec<Chunk>> {
        self.pop(&mut self.lock(), last)
    }

    /// The next chunks that make one batch.
    fn pop(&self, state: &mut State, last: u64) -> Option<Vec<Chunk>> {
        let mut chunks = Vec::new();
        let (mut spans, mut bytes) = (0, 0);
        while state.taken < last
            && let Some(next) = state.chunks.front()
        {
            let joins = next.joins_others(self.chunk_size);
            let fits = spans + next.len() <= self.batch_size && bytes + next.bytes() <= MOST_BYTES;
            let is_next = chunks.is_empty() || (joins && fits);
            if !is_next {
                break;
            }
            spans += next.len();
            bytes += next.bytes();
            chunks.extend(state.chunks.pop_front());
            state.taken += 1;
            if !joins {
                break;
            }
        }
        state.exporting = spans;
        (spans > 0).then_some(chunks)
    }

    /// The export of what was last taken is over. Answers whether its spans are still the worker's to count.
    pub(super) fn exported(&self, failure: Option<&Failure>) -> bool {
        let mut state = self.lock();
        state.exporting = 0;
        state.note(failure);
        !state.abandoned
    }

    pub(super) fn ask_for_flush(&self) -> Option<FlushTicket> {
        let mut state = self.lock();
        if state.shutdown.is_some() || state.finished.is_some() {
            return None;
        }
        state.flushes_asked += 1;
        let ticket = FlushTicket { number: state.flushes_asked, failures: state.failures };
        drop(state);
        self.work.notify_one();
        Some(ticket)
    }

    /// All flushes up to this one are done.
    pub(super) fn flushed(&self, number: u64, failure: Option<&Failure>) {
        let mut state = self.lock();
        state.flushes_done = number;
        state.note(failure);
        drop(state);
        self.done.notify_all();
    }

    /// Waits until the flush is done. `None` if it was not by the deadline. An error if an export failed meanwhile.
    pub(super) fn wait_for_flush(
        &self,
        ticket: &FlushTicket,
        deadline: Deadline,
    ) -> Option<Result<(), Failure>> {
        self.wait(deadline, |state| {
            let done = state.flushes_done >= ticket.number || state.abandoned || state.finished.is_some();
            done.then(|| match &state.last_failure {
                Some(failure) if state.failures > ticket.failures => Err(failure.clone()),
                _ => Ok(()),
            })
        })
    }

    /// Answers `false` if it was asked for before.
    pub(super) fn ask_for_shutdown(&self, deadline: Deadline) -> bool {
        let mut state = self.lock();
        if state.shutdown.is_some() {
            return false;
        }
        state.shutdown = Some(deadline);
        drop(state);
        self.work.notify_one();
        true
    }

    /// When the shutdown must be over; never, if nobody asked for one.
    pub(super) fn shutdown_deadline(&self) -> Deadline {
        self.lock().shutdown.unwrap_or(Deadline::NEVER)
    }

    /// Gives up what waits and what is being exported, and answers what waited and how many spans it was in all.
    pub(super) fn abandon(&self, failure: &Failure) -> (VecDeque<Chunk>, usize) {
        let mut state = self.lock();
        state.abandoned = true;
        let chunks = std::mem::take(&mut state.chunks);
        state.taken = state.pushed;
        let spans = chunks.iter().map(Chunk::len).sum::<usize>() + std::mem::take(&mut state.exporting);
        if spans > 0 {
            state.note(Some(failure));
        }
        drop(state);
        self.done.notify_all();
        (chunks, spans)
    }

    /// The worker is through.
    pub(super) fn finish(&self, result: Result<(), Failure>) {
        let mut state = self.lock();
        state.finished.get_or_insert(result);
        drop(state);
        self.done.notify_all();
    }

    /// Waits until the worker is through. `None` if it was not by the deadline.
    pub(super) fn wait_for_finish(&self, deadline: Deadline) -> Option<Result<(), Failure>> {
        self.wait(deadline, |state| state.finished.clone())
    }

    fn wait<T>(&self, deadline: Deadline, ready: impl Fn(&State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(answer) = ready(&state) {
                return Some(answer);
            }
            state = match deadline.remaining() {
                Some(time) if time.is_zero() => return None,
                Some(time) => self.done.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
                None => self.done.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    pub(super) fn set_resource(&self, resource: Resource) {
        self.lock().resource = Some(resource);
        // Applied before the next export, which need not be now.
    }

    pub(super) fn take_resource(&self) -> Option<Resource> {
        self.lock().resource.take()
    }
}

impl State {
    fn note(&mut self, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            self.failures += 1;
            self.last_failure = Some(failure.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(after: Duration, again: bool) -> Tick {
        Tick { at: Deadline::after(after), again }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn nothing_waits_for_ever_because_one_interval_follows_the_other() {
        let inbox = Inbox::new(1, 1);
        assert!(inbox.ask_for_flush().is_some());
        assert!(matches!(inbox.next(tick(Duration::ZERO, false), false, || false), Order::Tick));
        assert!(matches!(inbox.next(tick(Duration::ZERO, true), false, || false), Order::Flush(1)));
        inbox.flushed(1, None);
        assert!(matches!(inbox.next(tick(Duration::ZERO, true), false, || false), Order::Tick));
    }

    #[test]
    fn what_is_crowded_is_swept_at_once_and_after_a_sweep_in_vain_soon() {
        let inbox = Inbox::new(1, 1);
        assert!(matches!(inbox.next(tick(HOUR, false), false, || true), Order::Sweep));
        assert!(matches!(inbox.next(tick(HOUR, false), true, || true), Order::Sweep));
    }

    #[test]
    fn a_wake_up_is_for_one_sweep() {
        let inbox = Inbox::new(1, 1);
        inbox.wake_for_sweep();
        assert!(matches!(inbox.next(tick(HOUR, false), false, || false), Order::Sweep));
        assert!(matches!(inbox.next(tick(Duration::ZERO, true), false, || false), Order::Tick));
    }

    #[test]
    fn a_shutdown_goes_before_everything_and_is_asked_for_once() {
        let inbox = Inbox::new(1, 1);
        assert!(inbox.ask_for_flush().is_some());
        assert!(inbox.ask_for_shutdown(Deadline::NEVER));
        assert!(!inbox.ask_for_shutdown(Deadline::NEVER));
        assert!(inbox.ask_for_flush().is_none());
        let order = inbox.next(tick(Duration::ZERO, false), false, || true);
        assert!(matches!(order, Order::ShutDown(Deadline::NEVER)));
    }

    #[test]
    fn a_flush_is_told_of_failures_since_it_was_asked_for_alone() {
        let inbox = Inbox::new(1, 1);
        let failure = Failure::Failed("no".into());
        assert!(inbox.exported(Some(&failure)));
        let after = inbox.ask_for_flush().expect("a ticket");
        inbox.flushed(1, None);
        assert_eq!(inbox.wait_for_flush(&after, Deadline::NEVER), Some(Ok(())));
        let before = inbox.ask_for_flush().expect("a ticket");
        assert_eq!(inbox.wait_for_flush(&before, Deadline::after(Duration::ZERO)), None);
        assert!(inbox.exported(Some(&failure)));
        inbox.flushed(2, None);
        assert_eq!(inbox.wait_for_flush(&before, Deadline::NEVER), Some(Err(failure)));
    }
}
