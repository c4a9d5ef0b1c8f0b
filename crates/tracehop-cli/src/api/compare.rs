//! An earlier window, to compare with.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use super::params::{BadParam, Params};

/// An earlier window, to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// The one that ends where this one begins.
    Before,
    HourAgo,
    DayAgo,
}

impl Compare {
    pub(crate) const EACH: [Self; 3] = [Self::Before, Self::HourAgo, Self::DayAgo];

    /// The parameter `compare`.
    pub(crate) fn of(params: &Params) -> Result<Option<Self>, BadParam> {
        let Some(text) = params.get("compare") else { return Ok(None) };
        let known = Self::EACH.into_iter().find(|compare| compare.text() == text);
        known.map(Some).ok_or_else(|| BadParam(format!("compare={text} is none of before, 1h, 24h")))
    }

    /// As it stands in an address.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::HourAgo => "1h",
            Self::DayAgo => "24h",
        }
    }

    /// As it is shown.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Before => "the window before",
            Self::HourAgo => "an hour ago",
            Self::DayAgo => "a day ago",
        }
    }

    /// The window of the same length.
    pub(crate) fn before(self, window: &Range<SystemTime>) -> Range<SystemTime> {
        let length = window.end.duration_since(window.start).unwrap_or_default();
        let back = match self {
            Self::Before => length,
            Self::HourAgo => Duration::from_secs(3_600),
            Self::DayAgo => Duration::from_secs(86_400),
        };
        let earlier = |time: SystemTime| time.checked_sub(back).unwrap_or(SystemTime::UNIX_EPOCH);
        earlier(window.start)..earlier(window.end)
    }
}
