//! What troubles are looked for in.

use std::sync::Arc;

use crate::summary::JourneySummary;
use crate::views::messages::{Handled, Unhandled, Unmatched, handled, unhandled, unmatched};

/// The messages of the journeys, each once.
pub(super) struct Seen<'a> {
    pub(super) summaries: &'a [Arc<JourneySummary>],
    pub(super) handled: Vec<Handled<'a>>,
    pub(super) unhandled: Vec<Unhandled<'a>>,
    pub(super) unmatched: Vec<Unmatched<'a>>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(summaries: &'a [Arc<JourneySummary>]) -> Self {
        Self {
            summaries,
            handled: handled(summaries, |_| true).collect(),
            unhandled: unhandled(summaries).collect(),
            unmatched: unmatched(summaries).collect(),
        }
    }
}
