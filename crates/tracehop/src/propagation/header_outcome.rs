//! What became of a context header when it was read.

use std::fmt;

use super::names::Header;

/// What became of a context header when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderOutcome {
    /// It counts.
    Taken,
    /// Some members of its baggage count, others are malformed, beyond the budget, or held back by a filter.
    TakenInPart,
    /// A bridge had wrapped the value; what is inside counts.
    Unwrapped,
    /// It is not as its specification says.
    Malformed,
    /// Another one counts: a later one, one of a better name, or one of a format that goes before. Or it belongs to a
    /// `traceparent` that does not count.
    Superseded,
    /// More values stand before it than the [budget](crate::Budget) allows.
    OverBudget,
    /// A filter holds all of its baggage back.
    HeldBack,
    /// The source is not trusted with it.
    Distrusted,
}

impl fmt::Display for HeaderOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken => "taken",
            Self::TakenInPart => "taken in part",
            Self::Unwrapped => "unwrapped and taken",
            Self::Malformed => "malformed",
            Self::Superseded => "superseded",
            Self::OverBudget => "over budget",
            Self::HeldBack => "held back",
            Self::Distrusted => "distrusted",
        })
    }
}

impl HeaderOutcome {
    /// Whether anything of the header counts.
    pub(super) fn is_taken(self) -> bool {
        matches!(self, Self::Taken | Self::TakenInPart | Self::Unwrapped)
    }
}

/// Is told what became of each header: its name, what it is, and the outcome. What it is, is said in the W3C's words: which span
/// made the message, what vendors say of it, or baggage.
pub(super) type Tell<'a> = dyn FnMut(&[u8], Header, HeaderOutcome) + 'a;
