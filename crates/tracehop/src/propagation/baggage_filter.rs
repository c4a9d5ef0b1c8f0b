//! Which members of the baggage pass.

use std::sync::Arc;

use crate::caught::caught;

/// Whether a member of the baggage passes, by its key.
#[derive(Clone)]
pub(super) struct BaggageFilter(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl BaggageFilter {
    pub(super) fn new(allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allowed))
    }

    /// A filter that lets pass what `before` does, if there is one, and only these keys, if there are any.
    pub(super) fn narrowed(before: Option<Self>, keys: Option<&[String]>) -> Option<Self> {
        let Some(keys) = keys else { return before };
        let keys = keys.to_vec();
        let is_named = move |key: &str| keys.iter().any(|name| name == key);
        Some(match before {
            None => Self::new(is_named),
            Some(before) => Self::new(move |key| is_named(key) && before.allows(key)),
        })
    }

    /// The keys are those of whoever sent the message, and the filter is the application's: if it panics, the member does not
    /// pass, and the message goes on.
    pub(super) fn allows(&self, key: &str) -> bool {
        caught(|| (self.0)(key)).unwrap_or(false)
    }
}
