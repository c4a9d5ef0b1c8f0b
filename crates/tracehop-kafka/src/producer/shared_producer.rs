//! A producer that its clones share, and lend to the delivery reports of its messages.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::transactions::Transactions;

/// A client that all clones of a wrapper share.
///
/// A delivery report may want to ask the client something, and it may come when the client is being destroyed. It must
/// neither keep the client alive, which would send messages that the user's own drop throws away, nor be the one who drops
/// it last: on the client's own thread that would wait for itself for ever. So the client is lent, and taken back when the
/// last wrapper goes.
pub(super) struct SharedProducer<P> {
    producer: Arc<P>,
    lent: Arc<LentProducer>,
    transactions: Transactions,
}

type FindClusterId = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// A producer that may be gone.
pub(super) struct LentProducer(Mutex<Option<FindClusterId>>);

impl<P: Send + Sync + 'static> SharedProducer<P> {
    /// `find_cluster_id` asks the client for the cluster's name, without waiting.
    pub(super) fn new(
        producer: Arc<P>,
        transactions: Transactions,
        find_cluster_id: fn(&P) -> Option<String>,
    ) -> Self {
        let borrower = Arc::clone(&producer);
        let find: FindClusterId = Box::new(move || find_cluster_id(&borrower));
        Self { producer, lent: Arc::new(LentProducer(Mutex::new(Some(find)))), transactions }
    }
}

impl<P> SharedProducer<P> {
    pub(super) fn lent(&self) -> &Arc<LentProducer> {
        &self.lent
    }

    #[inline]
    pub(super) fn transactions(&self) -> &Transactions {
        &self.transactions
    }
}

impl<P> Deref for SharedProducer<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        &self.producer
    }
}

impl<P> Drop for SharedProducer<P> {
    fn drop(&mut self) {
        // `producer` still holds it, so the client itself is dropped after this, outside of the lock.
        let borrower = self.lent.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(borrower);
    }
}

impl LentProducer {
    /// The cluster's name, if the client is there and knows it.
    pub(super) fn find_cluster_id(&self) -> Option<String> {
        // The lock is held while the client is asked, which does not wait: so the client cannot go in the meantime.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|find| find())
    }
}

impl std::fmt::Debug for LentProducer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LentProducer").finish_non_exhaustive()
    }
}
