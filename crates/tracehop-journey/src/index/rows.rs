//! What is known of each journey.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::SystemTime;

use crate::names::Names;
use crate::span_parts::SpanKey;
use crate::summary::JourneySummary;

/// What a row takes beside what it says.
const ROW_BYTES: usize = 240;

/// What is known of each journey, by its begin and by the time of its start.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) by_id: HashMap<SpanKey, Arc<JourneySummary>>,
    pub(super) by_start: BTreeMap<(SystemTime, [u8; 16], [u8; 8]), Arc<JourneySummary>>,
    pub(super) names: Names,
    pub(super) tags: Vec<Arc<str>>,
    pub(super) bytes: usize,
}

impl Rows {
    /// Forgets what is known of the journey that begins here.
    pub(super) fn forget(&mut self, origin: SpanKey) -> bool {
        let Some(row) = self.by_id.remove(&origin) else { return false };
        self.by_start.remove(&place(&row));
        self.bytes -= row.bytes() + ROW_BYTES;
        true
    }

    pub(super) fn put(&mut self, row: JourneySummary) {
        let row = Arc::new(row);
        self.forget(row.id.0);
        self.bytes += row.bytes() + ROW_BYTES;
        self.by_start.insert(place(&row), Arc::clone(&row));
        self.by_id.insert(row.id.0, row);
    }
}

fn place(row: &JourneySummary) -> (SystemTime, [u8; 16], [u8; 8]) {
    let (trace, span) = row.id.0;
    (row.started, trace.to_bytes(), span.to_bytes())
}
