//! The time that a screen looks at.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use super::params::{BadParam, Params};

/// A rate over less would be a guess.
pub(super) const SHORTEST: Duration = Duration::from_secs(10);

/// The time up to now that a screen looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Window {
    Minutes5,
    #[default]
    Minutes15,
    Hour,
    Hours6,
    Day,
    /// All that is known.
    All,
}

impl Window {
    pub(crate) const EACH: [Self; 6] =
        [Self::Minutes5, Self::Minutes15, Self::Hour, Self::Hours6, Self::Day, Self::All];

    /// The parameter `window`.
    pub(crate) fn of(params: &Params) -> Result<Self, BadParam> {
        let Some(text) = params.get("window") else { return Ok(Self::default()) };
        let known = Self::EACH.into_iter().find(|window| window.text() == text);
        known.ok_or_else(|| BadParam(format!("window={text} is none of 5m, 15m, 1h, 6h, 24h, all")))
    }

    /// As it stands in an address.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Minutes5 => "5m",
            Self::Minutes15 => "15m",
            Self::Hour => "1h",
            Self::Hours6 => "6h",
            Self::Day => "24h",
            Self::All => "all",
        }
    }

    /// As it is shown.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Minutes5 => "last 5 min",
            Self::Minutes15 => "last 15 min",
            Self::Hour => "last hour",
            Self::Hours6 => "last 6 hours",
            Self::Day => "last 24 hours",
            Self::All => "all that is kept",
        }
    }

    /// As it stands in a sentence: `in the last hour`.
    pub(crate) fn within(self) -> String {
        let article = if self == Self::All { "" } else { "the " };
        format!("in {article}{}", self.label())
    }

    /// How long it is, unless it takes all.
    pub(crate) fn length(self) -> Option<Duration> {
        let minutes = match self {
            Self::Minutes5 => 5,
            Self::Minutes15 => 15,
            Self::Hour => 60,
            Self::Hours6 => 360,
            Self::Day => 1_440,
            Self::All => return None,
        };
        Some(Duration::from_secs(minutes * 60))
    }

    /// When it begins.
    pub(crate) fn begins(self, now: SystemTime) -> SystemTime {
        let length = self.length().and_then(|length| now.checked_sub(length));
        length.unwrap_or(SystemTime::UNIX_EPOCH).max(SystemTime::UNIX_EPOCH)
    }

    /// From its begin to now, but not from before the `oldest` that is kept: a rate over time of which nothing is known would be too
    /// low.
    pub(crate) fn range(self, now: SystemTime, oldest: Option<SystemTime>) -> Range<SystemTime> {
        let latest = now.checked_sub(SHORTEST).unwrap_or(now);
        let begins = oldest.map_or(latest, |oldest| oldest.min(latest));
        self.begins(now).max(begins)..now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_read_back_from_its_text() {
        for window in Window::EACH {
            let params = Params::of(&format!("window={}", window.text()));
            assert_eq!(Window::of(&params), Ok(window));
        }
        assert_eq!(Window::of(&Params::of("")), Ok(Window::Minutes15));
        let told = Window::of(&Params::of("window=2w")).unwrap_err().0;
        assert!(told.contains("window=2w is none of 5m"), "{told}");
    }

    #[test]
    fn a_range_begins_with_the_oldest_that_is_kept() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let now = at(100_000);
        let rows = [
            (Window::Minutes15, Some(at(10)), at(99_100)),
            (Window::Minutes15, Some(at(99_500)), at(99_500)),
            (Window::Minutes15, Some(at(99_999)), at(99_990)),
            (Window::Minutes15, Some(at(200_000)), at(99_990)),
            (Window::Minutes15, None, at(99_990)),
            (Window::All, Some(at(10)), at(10)),
        ];
        for (window, oldest, begins) in rows {
            assert_eq!(window.range(now, oldest), begins..now, "{window:?} {oldest:?}");
        }
    }

    #[test]
    fn a_window_before_the_epoch_begins_with_it() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        assert_eq!(Window::Hour.begins(now), SystemTime::UNIX_EPOCH);
    }
}
