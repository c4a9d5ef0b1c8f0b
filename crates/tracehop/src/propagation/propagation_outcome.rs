//! What became of the context of a message that was sent or received.

/// What became of the context of a message that was sent or received. Each message has one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum PropagationOutcome {
    /// A message came with one.
    Found,
    /// A message came without one, or there was none to be sent.
    Missing,
    /// A message came with one that is not as its format says, so that it came without one.
    Malformed,
    /// A message came with several, and one was taken.
    Repeated,
    /// A message was sent with the operation's own.
    Written,
    /// A message was sent with the one that stood on it.
    Kept,
    /// A message was sent without one, because its receiver is not to see any.
    Stripped,
    /// A message came from a source that is not trusted, and was not looked at.
    Ignored,
    /// The transport refused it, or a part of it.
    Refused,
}

#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "metrics tell them"))]
impl PropagationOutcome {
    pub(crate) const ALL: [Self; 9] = [
        Self::Found,
        Self::Missing,
        Self::Malformed,
        Self::Repeated,
        Self::Written,
        Self::Kept,
        Self::Stripped,
        Self::Ignored,
        Self::Refused,
    ];

    /// As an attribute.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Repeated => "repeated",
            Self::Written => "written",
            Self::Kept => "kept",
            Self::Stripped => "stripped",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }
}
