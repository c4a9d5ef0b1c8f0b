//! How much is kept.

use std::time::Duration;

use super::frame::{FRAME, OPENING};
use super::segments_error::SegmentsError;

/// The longest record that any bounds allow: no request is larger once it is decompressed.
pub(super) const MAX_RECORD: u64 = 64 * 1024 * 1024;

/// The largest segment that is chosen for somebody.
const USUAL_SEGMENT: u64 = 16 * 1024 * 1024;

/// The smallest segment: below, more would be spent on files than on what is in them.
const MIN_SEGMENT: u64 = 4 * 1024;

/// How much is kept, and for how long. What is beyond goes a segment at a time, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentBounds {
    /// All segments together take no more bytes than this.
    pub max_bytes: u64,
    /// What came longer ago is not replayed, and is deleted with its segment. A segment is closed after an eighth of this, so
    /// that nothing stays for much longer.
    pub max_age: Duration,
    /// A segment that would become larger is closed, and the next one begins: 4 KiB at least, and half of `max_bytes` at most.
    pub segment_bytes: u64,
}

impl Default for SegmentBounds {
    /// 1 GiB and a day.
    fn default() -> Self {
        Self::new(1024 * 1024 * 1024, Duration::from_secs(24 * 60 * 60))
    }
}

impl SegmentBounds {
    /// So many bytes and such an age, in segments of 16 MiB, or of a sixteenth of the bytes if they are few.
    pub fn new(max_bytes: u64, max_age: Duration) -> Self {
        let segment_bytes = (max_bytes / 16).clamp(MIN_SEGMENT, USUAL_SEGMENT);
        Self { max_bytes, max_age, segment_bytes }
    }

    /// The longest record that is taken.
    pub(super) fn max_record(&self) -> u64 {
        let around = (FRAME + OPENING) as u64;
        MAX_RECORD.min((self.max_bytes / 2).saturating_sub(around))
    }

    /// How long a segment is written to.
    pub(super) fn segment_age(&self) -> Duration {
        self.max_age / 8
    }

    pub(super) fn check(&self) -> Result<(), SegmentsError> {
        let wrong = |what| Err(SegmentsError::Bounds(what));
        if self.segment_bytes < MIN_SEGMENT {
            return wrong("a segment must have room for 4096 bytes at least");
        }
        if self.segment_bytes > self.max_bytes / 2 {
            return wrong(
                "a segment can take half of all the bytes at most: allow at least 8192 bytes with --max-data",
            );
        }
        if self.max_age.is_zero() {
            return wrong("the maximal age is zero: nothing would be kept");
        }
        Ok(())
    }
}
