//! Which members of the baggage pass.

use std::sync::Arc;

/// Whether a member of the baggage passes, by its key.
pub(super) type BaggageFilter = Arc<dyn Fn(&str) -> bool + Send + Sync>;
