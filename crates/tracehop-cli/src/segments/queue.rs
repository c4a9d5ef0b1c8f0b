//! Records that wait to be written.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::append_error::AppendError;
use super::record::Record;

/// So many bytes wait at most. Beyond them the disk does not keep up, and senders are told so.
const MAX_WAITING: usize = 64 * 1024 * 1024;

/// Who is told what became of a record.
pub(super) type Told = Box<dyn FnOnce(Result<(), AppendError>) + Send>;

/// A record that is to be written.
pub(super) struct Waiting {
    pub(super) record: Record,
    pub(super) told: Told,
}

/// Records that wait to be written: many threads put them in, and one takes out all at once.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Waiting>,
    bytes: usize,
    is_closed: bool,
}

/// What there is to do.
pub(super) enum Taken {
    Records(Vec<Waiting>),
    /// Nothing has come for a while.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

impl Queue {
    pub(super) fn put(&self, waiting: Waiting) -> Result<(), AppendError> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(AppendError::Closed);
        }
        let bytes = state.bytes.saturating_add(waiting.record.bytes.len());
        if bytes > MAX_WAITING && !state.waiting.is_empty() {
            return Err(AppendError::Busy);
        }
        state.bytes = bytes;
        state.waiting.push(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// All that waits. What was put in before the queue was closed is still given out.
    pub(super) fn take(&self, patience: Duration) -> Taken {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, is_idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.waiting.is_empty() {
            state.bytes = 0;
            return Taken::Records(std::mem::take(&mut state.waiting));
        }
        if state.is_closed { Taken::Closed } else { Taken::Nothing }
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("bytes", &self.record.bytes.len()).finish_non_exhaustive()
    }
}
