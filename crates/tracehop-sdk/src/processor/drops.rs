//! The counts of lost spans.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::drop_reason::DropReason;
use super::drop_report::DropReport;
use super::per_reason::PerReason;

/// How many spans a [`ChunkSpanProcessor`](crate::ChunkSpanProcessor) lost since it was made, by reason.
///
/// Clones share the counts, and stay right after the processor is shut down and dropped. Keep one for your metrics: an
/// observable counter can read it whenever it is collected.
///
/// A span is counted once, under one reason, when it is lost. Spans that were not sampled are not kept, and not counted.
#[derive(Clone)]
pub struct Drops {
    counts: Arc<Counts>,
}

/// Lines of a cache of their own, since a full queue has many threads count.
#[derive(Default)]
#[repr(align(128))]
struct Counts {
    lost: PerReason<AtomicU64>,
    reported: PerReason<AtomicU64>,
}

impl Drops {
    /// Counts of nothing.
    pub(crate) fn new() -> Self {
        Self { counts: Arc::default() }
    }

    /// How many spans were lost for this reason.
    pub fn count(&self, reason: DropReason) -> u64 {
        self.counts.lost.of(reason).load(Ordering::Relaxed)
    }

    /// How many spans were lost.
    pub fn total(&self) -> u64 {
        DropReason::ALL.iter().map(|reason| self.count(*reason)).sum()
    }

    /// Counts lost spans. Answers whether they are the first ones for this reason since the last report.
    pub(super) fn add(&self, reason: DropReason, spans: usize) -> bool {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        let before = self.counts.lost.of(reason).fetch_add(spans, Ordering::Relaxed);
        spans > 0 && before == self.counts.reported.of(reason).load(Ordering::Relaxed)
    }

    /// What was lost since this was last called, if anything was. One thread at a time may call it.
    pub(super) fn unreported(&self) -> Option<DropReport> {
        let counts = PerReason::from_fn(|reason| {
            let lost = self.count(reason);
            lost - self.counts.reported.of(reason).swap(lost, Ordering::Relaxed)
        });
        let report = DropReport::new(counts);
        (report.total() > 0).then_some(report)
    }
}

impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Drops");
        for reason in DropReason::ALL {
            all.field(reason.as_str(), &self.count(*reason));
        }
        all.finish()
    }
}
