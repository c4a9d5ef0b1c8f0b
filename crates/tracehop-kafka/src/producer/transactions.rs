//! The transactions of one producer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaResult;

use crate::ffi;
use crate::transaction::Transaction;

/// The transactions of one producer: the running one, if there is any. All clones of a wrapper share it.
///
/// A transaction that was begun with the client's own producer is not known here.
#[derive(Debug)]
pub(super) struct Transactions {
    /// `transactional.id` of the client's configuration.
    id: Option<String>,
    /// Whether one runs. Most producers have none, and look at nothing else.
    is_running: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    running: Option<Arc<Transaction>>,
}

impl Transactions {
    pub(super) fn of<C: ClientContext>(client: &Client<C>) -> Self {
        let id = ffi::config(client, "transactional.id").filter(|id| !id.is_empty());
        Self { id, is_running: AtomicBool::new(false), state: Mutex::default() }
    }

    /// The transaction that runs.
    #[inline]
    pub(super) fn running(&self) -> Option<Arc<Transaction>> {
        if self.is_running.load(Ordering::Acquire) { self.state().running.clone() } else { None }
    }

    /// Begins a transaction, if the client does. One that was not ended here is over then. The span of its end will have
    /// `max_links` at most.
    pub(super) fn begin(
        &self,
        max_links: impl FnOnce() -> usize,
        begin: impl FnOnce() -> KafkaResult<()>,
    ) -> KafkaResult<()> {
        begin()?;
        let max_links = max_links();
        let mut state = self.state();
        state.begun += 1;
        state.running = Some(Arc::new(Transaction::new(self.id.as_deref(), state.begun, max_links)));
        self.is_running.store(true, Ordering::Release);
        Ok(())
    }

    /// Ends the running transaction, if the client does. After an error it is still there: it may be tried again, or aborted.
    pub(super) fn end(&self, end: impl FnOnce(Option<&Transaction>) -> KafkaResult<()>) -> KafkaResult<()> {
        let ending = self.running();
        end(ending.as_deref())?;
        let mut state = self.state();
        // Another thread may have begun the next one.
        if state.running.as_ref().map(Arc::as_ptr) == ending.as_ref().map(Arc::as_ptr) {
            state.running = None;
            self.is_running.store(false, Ordering::Release);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic could leave behind is a transaction or none, and both are fine.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn transactions() -> Transactions {
        Transactions { id: None, is_running: AtomicBool::new(false), state: Mutex::default() }
    }

    #[test]
    fn nobody_waits_for_a_lock_while_no_transaction_runs() {
        let transactions = Arc::new(transactions());
        let locked = transactions.state();
        let (sender, answers) = channel();
        let shared = Arc::clone(&transactions);
        thread::spawn(move || sender.send(shared.running().is_some()).unwrap());
        assert_eq!(answers.recv_timeout(Duration::from_secs(20)), Ok(false));
        drop(locked);
    }

    #[test]
    fn the_end_of_a_transaction_does_not_end_the_next_one() {
        let transactions = transactions();
        transactions.begin(|| 128, || Ok(())).unwrap();
        let first = transactions.running().unwrap();
        transactions
            .end(|ending| {
                assert!(std::ptr::eq(ending.unwrap(), &raw const *first));
                transactions.begin(|| 128, || Ok(()))
            })
            .unwrap();
        let second = transactions.running().unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        transactions.end(|_| Ok(())).unwrap();
        assert!(transactions.running().is_none());
    }
}
