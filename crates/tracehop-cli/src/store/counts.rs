//! What a store keeps and what it has lost.

use serde::Serialize;
use tracehop_journey::Dropped;

/// What a store keeps and what it has lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreCounts {
    /// How many spans are kept.
    pub spans: usize,
    /// What they and their journeys take in memory, in bytes.
    pub bytes: usize,
    /// What they may take.
    pub max_bytes: usize,
    /// How many spans came in since the start.
    pub taken_in: u64,
    /// How many log records are kept.
    pub log_lines: usize,
    /// How many log records were dropped, as the oldest of too many.
    pub log_lines_dropped: u64,
    /// How many spans were dropped, by the reason.
    pub dropped: Dropped,
}
