//! Time drawn to scale.

use std::time::Duration;

/// What a stretch of time was spent on. Each has a character of its own, so that no colour is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Send,
    Queue,
    Process,
    Other,
}

/// Maps the whole of a journey to a number of columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    total: u128,
    columns: usize,
}

impl Scale {
    pub(crate) fn new(total: Duration, columns: usize) -> Self {
        Self { total: total.as_nanos().max(1), columns: columns.max(1) }
    }

    /// The spaces before a bar, and the bar. The bar has at least one column, even if the time is zero.
    pub(crate) fn bar(self, phase: Phase, start: Duration, took: Duration) -> (String, String) {
        let glyph = match phase {
            Phase::Send => "▬",
            Phase::Queue => "·",
            Phase::Process => "█",
            Phase::Other => "─",
        };
        let from = self.column(start, u128::div_euclid).min(self.columns - 1);
        let to = self.column(start.saturating_add(took), u128::div_ceil).clamp(from + 1, self.columns);
        (" ".repeat(from), glyph.repeat(to - from))
    }

    fn column(self, at: Duration, divide: fn(u128, u128) -> u128) -> usize {
        let scaled = divide(at.as_nanos().saturating_mul(self.columns as u128), self.total);
        usize::try_from(scaled).unwrap_or(self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(start: u64, took: u64, expected: &str) {
        let (indent, bar) = Scale::new(Duration::from_secs(100), 10).bar(
            Phase::Process,
            Duration::from_secs(start),
            Duration::from_secs(took),
        );
        assert_eq!(indent + &bar, expected);
    }

    #[test]
    fn bars_are_drawn_to_scale() {
        check(0, 100, "██████████");
        check(20, 30, "  ███");
        check(99, 1, "         █");
    }

    #[test]
    fn the_shortest_time_is_still_visible() {
        check(50, 0, "     █");
        check(100, 0, "         █");
    }

    #[test]
    fn time_beyond_the_journey_stays_inside() {
        check(500, u64::MAX, "         █");
    }

    #[test]
    fn a_journey_without_duration_can_be_drawn() {
        let (indent, bar) = Scale::new(Duration::ZERO, 10).bar(Phase::Send, Duration::ZERO, Duration::ZERO);
        assert_eq!((indent.as_str(), bar.as_str()), ("", "▬"));
    }
}
