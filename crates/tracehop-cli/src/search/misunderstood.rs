//! What a search does not understand.

/// A part of a search that was not understood, and is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misunderstood {
    /// The part, as it was written.
    pub text: String,
    /// Why, in one line.
    pub why: String,
    /// What may have been meant, to be written instead.
    pub suggestion: Option<String>,
}
