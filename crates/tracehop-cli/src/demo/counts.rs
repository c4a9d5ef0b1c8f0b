//! What was sent.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a demo has sent so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoCounts {
    /// Orders that were placed at the edge, each a journey of its own. A basket is one of them.
    pub orders: u64,
    /// Those of them that were baskets: several orders that are sent with one call.
    pub baskets: u64,
    /// Payments that succeeded at the second or third try.
    pub retried: u64,
    /// Messages that went to dead letters.
    pub dead_lettered: u64,
    /// Handlers that failed, whatever became of the message.
    pub failed: u64,
    /// Messages that nobody handles.
    pub newsletters: u64,
    /// Messages without context, each a journey of its own.
    pub without_context: u64,
    /// Batches that were audited.
    pub audits: u64,
    /// The spans of each service that were delivered, and confirmed.
    pub spans: BTreeMap<&'static str, u64>,
    /// Spans of batches that were not confirmed as a whole, and spans that found no room in a batch.
    pub lost: u64,
}

/// What services count.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) orders: AtomicU64,
    pub(super) baskets: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) dead_lettered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) newsletters: AtomicU64,
    pub(super) without_context: AtomicU64,
    pub(super) audits: AtomicU64,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// All but the spans.
    pub(super) fn read(&self) -> DemoCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DemoCounts {
            orders: of(&self.orders),
            baskets: of(&self.baskets),
            retried: of(&self.retried),
            dead_lettered: of(&self.dead_lettered),
            failed: of(&self.failed),
            newsletters: of(&self.newsletters),
            without_context: of(&self.without_context),
            audits: of(&self.audits),
            spans: BTreeMap::new(),
            lost: 0,
        }
    }
}
