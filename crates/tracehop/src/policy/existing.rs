//! The choice of what becomes of a context that is already there.

/// What becomes of a context that is already on an outgoing message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// A context is replaced if it is the creation context of the message that this task is processing: it was copied
    /// with that message's headers, and is stale. Any other context was put there by the user (from an outbox, or for a
    /// replay): it is kept, and the send span links to it.
    #[default]
    Auto,
    /// The context is always kept; the send span links to it.
    Keep,
    /// The context is always replaced.
    Replace,
}
