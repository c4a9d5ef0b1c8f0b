//! Time that passes while something waits or works.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Time that passes while something waits or works, unless all hurry to the end.
#[derive(Clone, Debug)]
pub(super) struct Pace(watch::Receiver<bool>);

impl Pace {
    /// The sender tells everybody to hurry.
    pub(super) fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    pub(super) async fn sleep(&self, time: Duration) {
        self.sleep_until(Instant::now() + time).await;
    }

    pub(super) async fn sleep_until(&self, then: Instant) {
        tokio::select! {
            () = sleep_until(then) => {}
            () = self.hurry() => {}
        }
    }

    /// Returns when all hurry.
    pub(super) async fn hurry(&self) {
        // A demo that is gone waits for nothing either.
        let _ = self.0.clone().wait_for(|hurry| *hurry).await;
    }
}
