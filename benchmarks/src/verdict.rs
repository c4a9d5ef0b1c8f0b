//! Whether a figure that may be off meets its goal.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Met,
    Missed,
    /// The limit lies within what the figure may be off by.
    TooNoisy,
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::TooNoisy => "too noisy",
        }
    }

    /// Of a figure that is to be so much at most.
    pub(crate) fn at_most(limit: f64, value: f64, error: f64) -> Self {
        if value + error <= limit {
            Self::Met
        } else if value - error > limit {
            Self::Missed
        } else {
            Self::TooNoisy
        }
    }

    /// Of a figure that is to be at least so much.
    pub(crate) fn at_least(limit: f64, value: f64, error: f64) -> Self {
        Self::at_most(-limit, -value, error)
    }
}

impl From<bool> for Verdict {
    fn from(is_met: bool) -> Self {
        if is_met { Self::Met } else { Self::Missed }
    }
}

/// A goal, the figure that it is about, and whether it is met.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Judged {
    /// `None` for what goes beyond the goals.
    pub(crate) goal: Option<u8>,
    pub(crate) row: String,
    pub(crate) asked: String,
    pub(crate) measured: String,
    pub(crate) verdict: Verdict,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_within_the_error_is_not_judged() {
        for (value, error, expected) in
            [(0.8, 0.1, Verdict::Met), (1.2, 0.1, Verdict::Missed), (0.95, 0.1, Verdict::TooNoisy)]
        {
            assert_eq!(Verdict::at_most(1.0, value, error), expected);
        }
        assert_eq!(Verdict::at_least(0.9, 0.95, 0.01), Verdict::Met);
        assert_eq!(Verdict::at_least(0.9, 0.85, 0.01), Verdict::Missed);
        assert_eq!(Verdict::at_least(0.9, 0.85, 0.1), Verdict::TooNoisy);
    }
}
