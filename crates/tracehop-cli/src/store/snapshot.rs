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
}
