//! Log records of spans, within a bound.

use std::collections::{HashMap, VecDeque};

use tracehop_journey::{LogLine, SpanKey};

/// What an entry takes beside its line.
const ENTRY_BYTES: usize = 160;

/// The log records of spans. The oldest leave.
#[derive(Debug, Default)]
pub(super) struct LogLines {
    by_span: HashMap<SpanKey, VecDeque<LogLine>>,
    /// The spans of the lines in the order in which these came.
    order: VecDeque<SpanKey>,
    bytes: usize,
    max_bytes: usize,
    dropped: u64,
}

impl LogLines {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, ..Self::default() }
    }

    pub(super) fn add(&mut self, line: LogLine) {
        self.bytes += line.bytes() + ENTRY_BYTES;
        self.order.push_back(line.span);
        self.by_span.entry(line.span).or_default().push_back(line);
        while self.bytes > self.max_bytes && self.drop_oldest() {
            self.dropped += 1;
        }
    }

    pub(super) fn of(&self, span: SpanKey) -> Vec<LogLine> {
        let mut lines: Vec<LogLine> = self.by_span.get(&span).into_iter().flatten().cloned().collect();
        lines.sort_by_key(|line| line.at);
        lines
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(span) = self.order.pop_front() else { return false };
        let Some(lines) = self.by_span.get_mut(&span) else { return true };
        if let Some(line) = lines.pop_front() {
            self.bytes -= line.bytes() + ENTRY_BYTES;
        }
        if lines.is_empty() {
            self.by_span.remove(&span);
        }
        true
    }
}
