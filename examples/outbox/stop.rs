//! Where a relay stops, so that it can be killed in the midst of its work.

use std::fmt;
use std::str::FromStr;

use anyhow::Context;

/// A place in the handling of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The attempt is counted, and nothing is sent.
    Counted,
    /// The broker has the message, and the row does not say so.
    Sent,
}

/// A place in the handling of one row: `sent:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) place: Place,
    pub(crate) row: i64,
}

impl FromStr for Stop {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (place, row) = text.split_once(':').context("a stop is counted:ROW or sent:ROW")?;
        let place = match place {
            "counted" => Place::Counted,
            "sent" => Place::Sent,
            _ => anyhow::bail!("{place} is no place to stop at: it is counted or sent"),
        };
        Ok(Self { place, row: row.parse().with_context(|| format!("{row} is not the number of a row"))? })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::Counted => "counted",
            Place::Sent => "sent",
        };
        write!(f, "{place}:{}", self.row)
    }
}
