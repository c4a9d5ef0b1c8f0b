//! How a message is sent or received.

use crate::case::Side;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// The client alone.
    Bare,
    /// One constant header is put on, or one is looked up: the floor of any propagation.
    Header,
    /// A span by hand.
    ByHand,
    /// tracehop's wrapper.
    Ours,
}

impl Style {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Header, Self::ByHand, Self::Ours];
    pub(crate) const OF_SIDES: [(Side, Self); 3] =
        [(Side::Floor, Self::Header), (Side::ByHand, Self::ByHand), (Side::Ours, Self::Ours)];
}
