//! The spans that were lost since the last report.

use std::fmt;

use super::drop_reason::DropReason;
use super::per_reason::PerReason;

/// How many spans a [`ChunkSpanProcessor`](crate::ChunkSpanProcessor) lost since its last report, by reason.
///
/// [`ChunkSpanProcessorBuilder::on_drop`](crate::ChunkSpanProcessorBuilder::on_drop) is shown one for each interval in which
/// spans were lost. [`Drops`](crate::Drops) has the counts since the processor was made.
#[derive(Clone, PartialEq, Eq)]
pub struct DropReport {
    counts: PerReason<u64>,
}

impl DropReport {
    pub(super) fn new(counts: PerReason<u64>) -> Self {
        Self { counts }
    }

    /// How many spans were lost for this reason since the last report.
    pub fn count(&self, reason: DropReason) -> u64 {
        *self.counts.of(reason)
    }

    /// How many spans were lost since the last report.
    pub fn total(&self) -> u64 {
        DropReason::ALL.iter().map(|reason| self.count(*reason)).sum()
    }

    /// The reasons for which spans were lost since the last report, and how many for each.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.iter().map(|reason| (*reason, self.count(*reason))).filter(|(_, count)| *count > 0)
    }
}

impl fmt::Debug for DropReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DropReport ")?;
        f.debug_map().entries(self.iter().map(|(reason, count)| (reason.as_str(), count))).finish()
    }
}
