//! What an index did not keep.

/// How many spans an [`Index`](crate::Index) did not keep, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Dropped {
    /// The oldest of too many, or of too many bytes.
    pub too_many: u64,
    /// They had arrived too long ago.
    pub too_old: u64,
    /// A span of the same identity was there: somebody sent it twice, or made up its ids.
    pub repeated: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.too_many + self.too_old + self.repeated
    }
}
