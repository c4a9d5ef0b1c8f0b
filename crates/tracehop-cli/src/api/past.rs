//! A window of time, and what is kept from before it.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use super::compare::Compare;
use super::window::{SHORTEST, Window};

/// A window of time, and what is kept from before it.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    window: Window,
    range: Range<SystemTime>,
    oldest: Option<SystemTime>,
}

impl Past {
    /// Of a window that ends `now`, where nothing is known from before `oldest`.
    pub(crate) fn of(window: Window, now: SystemTime, oldest: Option<SystemTime>) -> Self {
        Self { window, range: window.range(now, oldest), oldest }
    }

    /// The window itself.
    pub(crate) fn range(&self) -> Range<SystemTime> {
        self.range.clone()
    }

    /// How far back an earlier window is.
    pub(crate) fn back(&self, compare: Compare) -> Duration {
        let length = || self.range.end.duration_since(self.range.start).unwrap_or_default();
        compare.back(self.window.length().unwrap_or_else(length))
    }

    /// The earlier window, without what is too long ago to be kept: rates over that would be too low.
    pub(crate) fn earlier(&self, compare: Compare) -> Range<SystemTime> {
        let (start, end) = (self.before(self.range.start, compare), self.before(self.range.end, compare));
        let oldest = self.oldest.filter(|_| self.is_kept(compare));
        oldest.map_or(start, |oldest| start.max(oldest))..end
    }

    /// Whether anything can be known of the earlier window.
    pub(crate) fn is_kept(&self, compare: Compare) -> bool {
        let end = self.before(self.range.end, compare);
        self.oldest.is_some_and(|oldest| end.duration_since(oldest).is_ok_and(|kept| kept >= SHORTEST))
    }

    /// What there is to compare with, from the nearest to the farthest: earlier windows of which something is kept and which do
    /// not overlap the window itself. The one that is `chosen` is there in any case.
    pub(crate) fn steps(&self, chosen: Option<Compare>) -> Vec<Compare> {
        let nearest = self.back(Compare::Before);
        let is_there = |compare: &Compare| {
            chosen == Some(*compare) || (self.is_kept(*compare) && self.back(*compare) >= nearest)
        };
        let mut steps: Vec<Compare> = Compare::EACH.into_iter().filter(is_there).collect();
        // Of those that are equally far, the chosen one is there.
        steps.sort_by_key(|compare| (self.back(*compare), chosen != Some(*compare)));
        steps.dedup_by_key(|compare| self.back(*compare));
        steps
    }

    fn before(&self, time: SystemTime, compare: Compare) -> SystemTime {
        time.checked_sub(self.back(compare)).unwrap_or(SystemTime::UNIX_EPOCH).max(SystemTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 10_000_000;

    fn past(window: Window, kept: u64) -> Past {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Past::of(window, at(NOW), Some(at(NOW - kept)))
    }

    fn check(window: Window, kept: u64, chosen: Option<Compare>, expected: &[&str]) {
        let steps = past(window, kept).steps(chosen);
        let steps: Vec<&str> = steps.into_iter().map(Compare::text).collect();
        assert_eq!(steps, expected, "{window:?}, {kept} seconds are kept, {chosen:?}");
    }

    #[test]
    fn steps_go_as_far_back_as_anything_is_kept() {
        const DAYS: u64 = 86_400;
        check(Window::Minutes5, 200, None, &[]);
        check(Window::Minutes5, 309, None, &[]);
        check(Window::Minutes5, 310, None, &["before"]);
        check(Window::Minutes5, 4_000, None, &["before", "2x", "4x", "1h"]);
        check(Window::Minutes15, 30 * DAYS, None, &["before", "2x", "1h", "6h", "24h", "7d"]);
        check(Window::Day, 30 * DAYS, None, &["before", "2x", "4x", "7d"]);
        check(Window::All, 30 * DAYS, None, &[]);
    }

    #[test]
    fn the_chosen_step_is_always_there_and_each_distance_once() {
        check(Window::Minutes5, 200, Some(Compare::Day), &["24h"]);
        check(Window::Hours6, 90_000, Some(Compare::Hour), &["1h", "before", "2x", "24h"]);
        check(Window::Hour, 9_000, Some(Compare::Hour), &["1h", "2x"]);
        check(Window::Hour, 9_000, Some(Compare::Before), &["before", "2x"]);
    }

    #[test]
    fn an_earlier_window_begins_with_the_oldest_that_is_kept() {
        let seconds = |kept, compare| {
            let earlier = past(Window::Minutes5, kept).earlier(compare);
            let since =
                |time: SystemTime| NOW - time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            (since(earlier.start), since(earlier.end))
        };
        assert_eq!(seconds(5_000, Compare::Before), (600, 300));
        assert_eq!(seconds(400, Compare::Before), (400, 300));
        assert_eq!(seconds(5_000, Compare::Hour), (3_900, 3_600));
        // Nothing is known of it.
        assert_eq!(seconds(400, Compare::Hour), (3_900, 3_600));
    }

    #[test]
    fn an_earlier_window_does_not_begin_before_the_epoch() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        for compare in Compare::EACH {
            for oldest in [None, Some(SystemTime::UNIX_EPOCH), Some(now + Duration::from_secs(9))] {
                let earlier = Past::of(Window::All, now, oldest).earlier(compare);
                assert!(
                    SystemTime::UNIX_EPOCH <= earlier.start && earlier.start <= earlier.end,
                    "{earlier:?}"
                );
            }
        }
    }
}
