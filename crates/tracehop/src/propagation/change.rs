//! What a policy changes about a propagator.

use super::{Budget, Format};

/// What a policy changes about a propagator. `None` is as it was.
pub(crate) struct PropagationChange<'a> {
    pub(crate) read: Option<&'a [Format]>,
    pub(crate) write: Option<&'a [Format]>,
    pub(crate) budget: Option<Budget>,
    pub(crate) baggage_in: &'a Option<Vec<String>>,
    pub(crate) baggage_out: &'a Option<Vec<String>>,
}

impl PropagationChange<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { read, write, budget, baggage_in, baggage_out } = self;
        read.is_none() && write.is_none() && budget.is_none() && baggage_in.is_none() && baggage_out.is_none()
    }
}
