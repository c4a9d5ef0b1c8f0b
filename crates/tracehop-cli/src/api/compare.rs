//! How far back the window is that a map is compared with.

use std::time::Duration;

use super::params::{BadParam, Params};

const HOUR: Duration = Duration::from_secs(3_600);

/// How far back the window is that a map is compared with. It is as long as the map's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// It ends where the map's own begins.
    Before,
    Hour,
    Hours6,
    Day,
    Week,
    /// Twice and four times the length of the window.
    Twice,
    FourTimes,
}

impl Compare {
    /// Of those that are equally far, the first one is offered: who chooses an hour means an hour, whatever the window is.
    pub(crate) const EACH: [Self; 7] =
        [Self::Before, Self::Hour, Self::Hours6, Self::Day, Self::Week, Self::Twice, Self::FourTimes];

    /// The parameter `compare`.
    pub(crate) fn of(params: &Params) -> Result<Option<Self>, BadParam> {
        let Some(text) = params.get("compare") else { return Ok(None) };
        let known = Self::EACH.into_iter().find(|compare| compare.text() == text);
        let all = Self::EACH.map(Self::text).join(", ");
        known.map(Some).ok_or_else(|| BadParam(format!("compare={text} is none of {all}")))
    }

    /// As it stands in an address.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Twice => "2x",
            Self::FourTimes => "4x",
            Self::Hour => "1h",
            Self::Hours6 => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// How far back it is from a window of this length.
    pub(super) fn back(self, length: Duration) -> Duration {
        match self {
            Self::Before => length,
            Self::Twice => length.saturating_mul(2),
            Self::FourTimes => length.saturating_mul(4),
            Self::Hour => HOUR,
            Self::Hours6 => HOUR * 6,
            Self::Day => HOUR * 24,
            Self::Week => HOUR * 24 * 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_back_from_its_text_and_others_are_told_what_there_is() {
        for compare in Compare::EACH {
            assert_eq!(Compare::of(&Params::of(&format!("compare={}", compare.text()))), Ok(Some(compare)));
        }
        for nothing in ["", "compare="] {
            assert_eq!(Compare::of(&Params::of(nothing)), Ok(None));
        }
        let told = Compare::of(&Params::of("compare=3")).unwrap_err().0;
        assert_eq!(told, "compare=3 is none of before, 1h, 6h, 24h, 7d, 2x, 4x");
    }
}
