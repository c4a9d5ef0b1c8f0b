//! What the journeys, the faults and the soak have in common. Each has its own copy and uses a part of it.

#![allow(dead_code, unused_imports, reason = "no suite uses all of it")]

mod bench;
pub(crate) mod foreign;
pub(crate) mod kafka;
pub(crate) mod nats;
pub(crate) mod rabbitmq;

use std::future::Future;
use std::time::Duration;

pub(crate) use bench::{Bench, attribute, unique};

/// Longer than anything takes here; a test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for what must come.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(DEADLINE, future).await;
        done.unwrap_or_else(|_| panic!("{caller}: waited for {DEADLINE:?}"))
    }
}
