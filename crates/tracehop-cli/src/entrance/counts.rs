//! What came in and what did not.

use std::sync::atomic::{AtomicU64, Ordering};

/// What came in and what did not, since the start.
#[derive(Debug, Default)]
pub struct Counts {
    pub(super) requests: AtomicU64,
    pub(super) refused_requests: AtomicU64,
    pub(super) busy_requests: AtomicU64,
    pub(super) spans: AtomicU64,
    pub(super) refused_spans: AtomicU64,
    pub(super) logs: AtomicU64,
    pub(super) metric_points: AtomicU64,
}

/// [`Counts`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Counted {
    /// Requests of exporters, whatever became of them.
    pub requests: u64,
    /// Those that were refused for good, for what they are.
    pub refused_requests: u64,
    /// Those that were asked to come again, because there was no room.
    pub busy_requests: u64,
    /// Spans that were taken.
    pub spans: u64,
    /// Spans that were refused: without valid ids, too old, or from the future.
    pub refused_spans: u64,
    /// Log records that were taken. Those that belong to no span are not counted.
    pub logs: u64,
    /// Points of metrics, which are accepted and not kept.
    pub metric_points: u64,
}

impl Counts {
    /// The counts now.
    pub fn read(&self) -> Counted {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counted {
            requests: read(&self.requests),
            refused_requests: read(&self.refused_requests),
            busy_requests: read(&self.busy_requests),
            spans: read(&self.spans),
            refused_spans: read(&self.refused_spans),
            logs: read(&self.logs),
            metric_points: read(&self.metric_points),
        }
    }
}

/// Adds to a count.
pub(super) fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}
