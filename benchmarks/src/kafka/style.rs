//! How a message is sent or received.

use crate::sides::{Side, Sides};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// The client alone.
    Bare,
    /// The least there is to do for a span.
    Floor,
    /// A span by hand.
    ByHand,
    /// tracehop's wrapper.
    Ours,
}

impl Style {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Floor, Self::ByHand, Self::Ours];
    pub(crate) const OF_SIDES: [(Side, Self); 3] =
        [(Side::Floor, Self::Floor), (Side::ByHand, Self::ByHand), (Side::Ours, Self::Ours)];
}

/// Figures of the styles that are compared with the bare client.
pub(crate) fn by_side(of: impl Fn(Style) -> Option<f64>) -> Sides {
    Sides::collect(|side| {
        Style::OF_SIDES.iter().find(|(known, _)| *known == side).and_then(|(_, style)| of(*style))
    })
}
