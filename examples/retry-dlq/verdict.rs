//! What support decides about a dead letter.

use tracehop::OkValue;

/// What support decides about a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The cause is gone, so it is sent back to where it came from.
    Replay,
    /// It is noted, and that is the end of it.
    Close,
}

/// It stands in the `Ok` of a handler's result.
impl OkValue for Verdict {}
