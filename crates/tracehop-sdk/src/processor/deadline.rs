//! A point in time by which something must be over.

use std::time::{Duration, Instant};

/// When something must be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// There is as much time as it takes.
    pub(super) const NEVER: Self = Self(None);

    /// In a time from now. If it is so long that no clock can say when, there is no end.
    pub(super) fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// The time that is left: zero if there is none, `None` if there is no end.
    pub(super) fn remaining(self) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(Instant::now()))
    }

    pub(super) fn passed(self) -> bool {
        self.remaining().is_some_and(|time| time.is_zero())
    }

    /// The one of the two that is first.
    pub(super) fn sooner(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_clock_can_say_is_no_end() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
        assert_eq!(Deadline::NEVER.remaining(), None);
        assert!(!Deadline::NEVER.passed());
    }

    #[test]
    fn the_sooner_of_two_is_the_one_with_an_end() {
        let (now, later) = (Deadline::after(Duration::ZERO), Deadline::after(Duration::from_secs(60)));
        assert_eq!(now.sooner(later), now);
        assert_eq!(later.sooner(now), now);
        assert_eq!(Deadline::NEVER.sooner(later), later);
        assert_eq!(later.sooner(Deadline::NEVER), later);
        assert!(now.passed() && !later.passed());
    }
}
