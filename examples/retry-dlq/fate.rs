//! What became of an order at one try.

use tracehop::OkValue;

use crate::next::Next;

/// What became of an order at one try. A failure that was taken care of is no failure of the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Paid,
    Failed(Next),
}

/// It stands in the `Ok` of a handler's result.
impl OkValue for Fate {}

impl Fate {
    /// Whether nothing more happens to the order.
    pub(crate) fn is_the_end(self) -> bool {
        matches!(self, Self::Paid | Self::Failed(Next::Parked))
    }
}
