//! What the page and the API look at.

use std::sync::Arc;

use crate::entrance::Counts;
use crate::store::Store;

/// What the page and the API look at.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The journeys.
    pub store: Store,
    /// Where spans are sent to.
    pub ways_in: Arc<WaysIn>,
    /// What came in at the entrance, and what was refused there.
    pub refused: Arc<Counts>,
}

/// Where spans are sent to, as an empty page says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaysIn {
    /// Such as `http://127.0.0.1:4318`.
    pub http: String,
    /// Such as `http://127.0.0.1:4317`.
    pub grpc: String,
}
