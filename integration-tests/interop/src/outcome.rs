//! What became of a row.

use crate::missing::Missing;
use crate::row::Row;
use crate::seen::Seen;

/// A row that was tried, or not.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The hop was made. It may differ from what was expected.
    Made(Seen),
    /// It could not be made, or it cannot be told what came of it.
    Failed(String),
    /// There are no peers of its language, or no broker.
    NotRun(Missing),
}

impl Outcome {
    /// In a word or more: what is not `ok` is to be looked at.
    pub(crate) fn result(&self, row: &Row) -> String {
        match self {
            Self::Made(seen) => {
                let differences = seen.differences(&row.expected);
                if differences.is_empty() {
                    "ok".to_owned()
                } else {
                    format!("FAILED: {}", differences.join("; "))
                }
            }
            Self::Failed(why) => format!("FAILED: {}", first(why)),
            Self::NotRun(Missing { why, .. }) => format!("NOT RUN: {}", first(why)),
        }
    }

    pub(crate) fn is_ok(&self, row: &Row) -> bool {
        matches!(self, Self::Made(seen) if *seen == row.expected)
    }
}

/// The reason, without the lines that were printed.
fn first(why: &str) -> &str {
    why.lines().next().unwrap_or_default().trim_end_matches("; it printed last:")
}
