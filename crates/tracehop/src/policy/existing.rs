//! The choice of what becomes of a context that is already there.

/// What becomes of a context that is already on an outgoing message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Existing {
    /// A context is replaced if it is stale or of no use beside the send's own: it is the creation context of a message that
    /// this process received lately, so that it was copied with that message's headers, or it is the current span's own. Any
    /// other context was put there by the user (from an outbox, or for a replay): it is kept, and the send span links to it.
    #[default]
    Auto,
    /// The context is always kept; the send span links to it.
    Keep,
    /// The context is always replaced.
    Replace,
}
