//! Traces whose middle is not here.

use std::collections::HashMap;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};

/// What an entry takes in the map, with what is left empty in it.
pub(super) const ENTRY_BYTES: usize = 200;

/// How many missing spans of a trace are remembered.
const MAX_GAPS: usize = 64;

/// The roots of traces, and the spans that are named in them as parents and are not here.
///
/// A service in the middle may send its spans elsewhere, or lose some. What comes after it then still belongs to the root.
#[derive(Debug, Default)]
pub(super) struct Traces {
    entries: HashMap<TraceId, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    spans: usize,
    /// The earliest, if there are several, and when it started.
    root: Option<(SystemTime, SpanId)>,
    gaps: Vec<SpanId>,
}

impl Traces {
    /// Counts a span. Of one without a parent `root` says when it started. Returns whether it is the first of its trace.
    pub(super) fn add(&mut self, (trace, span): (TraceId, SpanId), root: Option<SystemTime>) -> bool {
        let entry = self.entries.entry(trace).or_default();
        entry.spans += 1;
        entry.gaps.retain(|&gap| gap != span);
        if let Some(started) = root {
            let root = (started, span);
            let earlier = entry.root.filter(|known| order(*known) < order(root));
            entry.root = Some(earlier.unwrap_or(root));
        }
        entry.spans == 1
    }

    pub(super) fn add_gap(&mut self, (trace, parent): (TraceId, SpanId)) {
        let entry = self.entries.entry(trace).or_default();
        if entry.gaps.len() < MAX_GAPS && !entry.gaps.contains(&parent) {
            entry.gaps.push(parent);
        }
    }

    /// Forgets a span. Returns whether it was the last of its trace.
    pub(super) fn remove(&mut self, (trace, span): (TraceId, SpanId)) -> bool {
        let Some(entry) = self.entries.get_mut(&trace) else { return false };
        entry.spans = entry.spans.saturating_sub(1);
        if entry.root.is_some_and(|(_, root)| root == span) {
            entry.root = None;
        }
        let was_last = entry.spans == 0;
        if was_last {
            self.entries.remove(&trace);
        }
        was_last
    }

    pub(super) fn root(&self, trace: TraceId) -> Option<(TraceId, SpanId)> {
        self.entries.get(&trace)?.root.map(|(_, root)| (trace, root))
    }

    /// The root that a missing span stands below, if it is known as missing.
    pub(super) fn root_of_gap(&self, (trace, span): (TraceId, SpanId)) -> Option<(TraceId, SpanId)> {
        let entry = self.entries.get(&trace)?;
        let (_, root) = entry.root.filter(|&(_, root)| root != span && entry.gaps.contains(&span))?;
        Some((trace, root))
    }

    /// The missing spans below a root.
    pub(super) fn gaps_of_root(&self, (trace, span): (TraceId, SpanId)) -> &[SpanId] {
        let entry = self.entries.get(&trace).filter(|entry| entry.root.is_some_and(|(_, root)| root == span));
        entry.map_or(&[], |entry| &entry.gaps)
    }
}

fn order((started, span): (SystemTime, SpanId)) -> impl Ord {
    (started, span.to_bytes())
}
