//! What the page and the API look at.

use std::sync::Arc;

use tracehop_journey::{DestinationMap, Trouble};

use super::recent::Recent;
use crate::entrance::Counts;
use crate::segments::Segments;
use crate::store::Store;

/// What the page and the API look at.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The journeys.
    pub(crate) store: Store,
    /// Where spans are sent to.
    pub(crate) ways_in: Arc<WaysIn>,
    /// What came in at the entrance, and what was refused there.
    pub(super) refused: Arc<Counts>,
    /// What is on the disk, and what the disk did not take, if there is a directory for it.
    pub(super) segments: Option<Segments>,
    /// Maps that took long to compute.
    pub(super) maps: Arc<Recent<DestinationMap>>,
    /// Lists of trouble that took long to find.
    pub(super) troubles: Arc<Recent<Vec<Trouble>>>,
}

impl AppState {
    /// What a store keeps, which is sent to `ways_in` and refused as `refused` counts.
    pub fn new(store: Store, ways_in: Arc<WaysIn>, refused: Arc<Counts>) -> Self {
        Self { store, ways_in, refused, segments: None, maps: Arc::default(), troubles: Arc::default() }
    }

    /// The same, which is kept in a directory, too.
    #[must_use]
    pub fn with_segments(self, segments: Option<Segments>) -> Self {
        Self { segments, ..self }
    }
}

/// Where spans are sent to, as an empty page says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaysIn {
    /// Such as `http://127.0.0.1:4318`.
    pub http: String,
    /// Such as `http://127.0.0.1:4317`.
    pub grpc: String,
}
