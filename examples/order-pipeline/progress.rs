//! What became of the orders so far.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

pub(crate) struct Progress {
    total: usize,
    shipped: AtomicUsize,
    given_up: AtomicUsize,
    done: watch::Sender<usize>,
}

impl Progress {
    pub(crate) fn of(total: usize) -> Self {
        let (shipped, given_up) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { total, shipped, given_up, done: watch::Sender::new(0) }
    }

    pub(crate) fn shipped(&self, order_id: &str) {
        let shipped = self.shipped.fetch_add(1, Ordering::Relaxed) + 1;
        if shipped.is_multiple_of(200) {
            println!("{shipped:>6} of {} orders shipped; the last was {order_id}", self.total);
        }
    }

    pub(crate) fn given_up(&self) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// An order is shipped or given up, and the broker knows it.
    pub(crate) fn one_done(&self) {
        self.done.send_modify(|done| *done += 1);
        if *self.done.borrow() == self.total {
            let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
            let (shipped, given_up) = (count(&self.shipped), count(&self.given_up));
            println!("{shipped:>6} of {} orders shipped, {given_up} given up", self.total);
        }
    }

    pub(crate) async fn all_done(&self) {
        // The sender is this one, which is here.
        let _ = self.done.subscribe().wait_for(|done| *done >= self.total).await;
    }
}
