//! Messages that somebody still has to handle.

use std::sync::Arc;

use tokio::sync::watch;

/// How many messages somebody still has to handle.
#[derive(Clone, Debug)]
pub(super) struct InFlight(Arc<watch::Sender<usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket(InFlight);

impl InFlight {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.0.send_modify(|count| *count += 1);
        Ticket(self.clone())
    }

    /// Returns when all are handled.
    pub(super) async fn none(&self) {
        // It cannot be closed: this is one of its senders.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
