use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Ends the waits of an exporter that is shut down.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Whether it was not set before.
    pub(crate) fn set(&self) -> bool {
        let before =
            std::mem::replace(&mut *self.is_set.lock().unwrap_or_else(PoisonError::into_inner), true);
        self.changed.notify_all();
        !before
    }

    pub(super) fn is_set(&self) -> bool {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for that time, or until it is set; says whether it is.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_set, time, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
