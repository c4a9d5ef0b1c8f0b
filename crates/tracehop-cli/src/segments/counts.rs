//! What was written, and what was not.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was written, and what was not, since the directory was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SegmentCounts {
    /// Records that are durable.
    pub appended: u64,
    /// Records that are not, because the disk was full, refused them, or did not keep up.
    pub failed: u64,
    /// How often the disk was told to write down what it had. Several records share one such sync.
    pub syncs: u64,
    /// Segments that were deleted because of their age, or because newer ones needed their room.
    pub deleted: u64,
    /// Segments that are there now.
    pub segments: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

/// The same, as one thread counts and others read.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) appended: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) deleted: AtomicU64,
    pub(super) segments: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> SegmentCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SegmentCounts {
            appended: of(&self.appended),
            failed: of(&self.failed),
            syncs: of(&self.syncs),
            deleted: of(&self.deleted),
            segments: of(&self.segments),
            bytes: of(&self.bytes),
        }
    }
}
