//! What is recorded by one thread and awaited by another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Something that changes, and those who wait until it is as they want.
#[derive(Default)]
pub(crate) struct Store<T> {
    state: Mutex<T>,
    /// How often it has changed. It wakes threads that block.
    changes: Mutex<u64>,
    one_changed: Condvar,
    /// The same number. It wakes tasks that await.
    changed: watch::Sender<u64>,
}

impl<T> Store<T> {
    /// To read. What is changed under this lock wakes nobody.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        lock(&self.state)
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        let mut changes = lock(&self.changes);
        *changes += 1;
        self.one_changed.notify_all();
        self.changed.send_replace(*changes);
        result
    }

    /// Whether it became so before the deadline. The condition is asked after each change, and may look at the store.
    pub(crate) async fn wait(&self, deadline: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            // The sender is in this store: it is not gone before the store is.
            while !is_so() && changed.changed().await.is_ok() {}
        };
        tokio::time::timeout(deadline, waiting).await.is_ok()
    }

    /// [`wait`](Self::wait), which blocks the thread.
    pub(crate) fn wait_blocking(&self, deadline: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        // A deadline that no clock can show is none.
        let end = Instant::now().checked_add(deadline);
        loop {
            let before = *lock(&self.changes);
            if is_so() {
                return true;
            }
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            let (changes, wait) = self
                .one_changed
                .wait_timeout_while(lock(&self.changes), left, |changes| *changes == before)
                .unwrap_or_else(PoisonError::into_inner);
            drop(changes);
            if wait.timed_out() {
                return is_so();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that failed elsewhere must not hide its own message behind a poisoned lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
