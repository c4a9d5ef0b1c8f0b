//! Which members of the baggage pass.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Whether a member of the baggage passes, by its key.
#[derive(Clone)]
pub(super) struct BaggageFilter(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl BaggageFilter {
    pub(super) fn new(allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allowed))
    }

    /// The keys are those of whoever sent the message, and the filter is the application's: if it panics, the member does not
    /// pass, and the message goes on.
    pub(super) fn allows(&self, key: &str) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.0)(key))).unwrap_or(false)
    }
}
