//! The journeys of one trace, ready to be shown.

use std::collections::HashSet;
use std::fmt::Write as _;

use tracehop_journey::otlp::export_json;
use tracehop_journey::{Color, HopTable, Journey, JourneyId, JourneySpan};

use super::trace_json::TraceJson;
use crate::sources::{Gathered, Picked};

/// The journeys of one trace, ready to be shown.
#[derive(Clone, Debug)]
pub struct Shown {
    picked: Picked,
    journeys: Vec<(JourneyId, Journey)>,
    notes: Vec<String>,
}

impl Shown {
    /// At most so many of the journeys that are meant, the earliest first. `None` if there are none.
    pub fn new(picked: Picked, gathered: Gathered, most: usize) -> Option<Self> {
        let mut notes = gathered.notes.clone();
        let found = gathered.journeys(picked);
        let all = found.ids().len();
        let first = found.ids().iter().take(most);
        let journeys: Vec<_> = first.filter_map(|&id| Some((id, found.journey(id)?))).collect();
        if journeys.len() < all {
            notes.push(format!("{all} journeys were found; show more of them with --journeys {all}."));
        }
        (!journeys.is_empty()).then_some(Self { picked, journeys, notes })
    }

    /// What may be missing, in whole sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The journeys as plain text: for each a waterfall, and a table of its hops.
    pub fn text(&self, color: Color, lines: usize) -> String {
        let mut text = String::new();
        for (place, (_, journey)) in self.journeys.iter().enumerate() {
            let gap = if place == 0 { "" } else { "\n" };
            // Writing into a `String` cannot fail.
            let _ = writeln!(text, "{gap}{}", journey.waterfall().color(color).max_lines(lines));
            let hops: HopTable = journey.hops().into_iter().collect();
            if hops.rows().is_empty() {
                let _ = writeln!(text, "\nno hops: no handler of a message that was sent here is known");
            } else {
                let _ = writeln!(text, "\n{hops}");
            }
        }
        text
    }

    /// The journeys as JSON: rows of the waterfall, and hops. Times are nanoseconds.
    pub fn json(&self) -> String {
        let json = TraceJson::of(self.picked.trace(), &self.journeys, &self.notes);
        // No part of it can fail to be written.
        serde_json::to_string_pretty(&json).unwrap_or_default()
    }

    /// The spans of the journeys as OTLP in JSON, each once.
    pub fn otlp(&self) -> String {
        let mut seen = HashSet::new();
        let spans = self.journeys.iter().flat_map(|(_, journey)| journey.spans());
        export_json(spans.filter(|span: &&JourneySpan| seen.insert(span.key())))
    }
}
