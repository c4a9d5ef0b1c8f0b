//! Messages.

use std::marker::PhantomData;
use std::time::Duration;

use tokio::time::Instant;
use tracehop::MemoryHeaders;

use super::order::Order;

/// A message in a queue of a system.
#[derive(Clone, Debug)]
pub(super) struct Message<S> {
    pub(super) queue: &'static str,
    pub(super) partition: u16,
    /// Its offset in the partition, or its number in the queue.
    pub(super) place: u64,
    pub(super) id: String,
    pub(super) headers: MemoryHeaders,
    pub(super) order: Order,
    /// When it was stored.
    pub(super) stored: Instant,
    /// How long it waits at least.
    pub(super) wait: Duration,
    /// How often it was delivered before.
    pub(super) deliveries: u32,
    pub(super) system: PhantomData<fn() -> S>,
}
