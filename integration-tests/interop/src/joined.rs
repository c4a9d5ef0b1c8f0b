//! How the receiving span is joined to the message's creation context.

use std::fmt;

/// How the span of whoever receives a message leads to the span that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// It is a child of that span.
    Parent,
    /// It links to that span.
    Link,
    /// Both: so are tracehop's.
    ParentAndLink,
    /// There is no span that leads there.
    Not,
}

impl Joined {
    pub(crate) fn of(is_child: bool, is_linked: bool) -> Self {
        match (is_child, is_linked) {
            (true, true) => Self::ParentAndLink,
            (true, false) => Self::Parent,
            (false, true) => Self::Link,
            (false, false) => Self::Not,
        }
    }

    /// What becomes of the trace.
    pub(crate) fn trace(self) -> &'static str {
        match self {
            Self::Parent | Self::ParentAndLink => "goes on",
            Self::Link => "linked",
            Self::Not => "lost",
        }
    }
}

impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Parent => "parent",
            Self::Link => "link",
            Self::ParentAndLink => "parent, link",
            Self::Not => "nothing",
        })
    }
}
