//! A journey that is looked at.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tracehop_journey::{JourneyId, JourneyRow, JourneySummary, RowKind};

use crate::page::parts::named;
use crate::store::OpenJourney;

/// A journey that is looked at.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) id: JourneyId,
    pub(crate) open: OpenJourney,
    pub(crate) rows: Vec<JourneyRow>,
    /// It is missing for a moment if the journey is newer than the last snapshot.
    pub(crate) summary: Option<Arc<JourneySummary>>,
    /// The journey that this one is only a part of: all that came of a span in its midst.
    pub(crate) part_of: Option<JourneyId>,
}

impl Opened {
    /// What to call it.
    pub(crate) fn name(&self) -> Cow<'_, str> {
        named(self.open.journey.name())
    }

    /// How long the drawing is.
    pub(crate) fn whole(&self) -> Duration {
        self.open.journey.duration().max(Duration::from_micros(1))
    }

    /// The services, in the order in which they joined. At most 32.
    pub(crate) fn services(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let rows = self.rows.iter().filter(|row| row.kind != RowKind::Wait);
        rows.map(|row| row.service.as_str()).filter(|&service| seen.insert(service)).take(32).collect()
    }
}
