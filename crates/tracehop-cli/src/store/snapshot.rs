//! The list of journeys at one time.

use std::sync::Arc;
use std::time::SystemTime;

use tracehop_journey::JourneySummary;

use super::counts::StoreCounts;

/// The list of journeys at one time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What is known of each journey, latest start first.
    pub journeys: Vec<Arc<JourneySummary>>,
    /// What is kept and what is lost.
    pub counts: StoreCounts,
    /// When it was made.
    pub made: SystemTime,
    /// How many batches were taken in since the start.
    pub(super) batches: u64,
    /// How many spans and journeys are still to be looked at.
    pub(super) pending: usize,
}
