//! How long an order waits for its next try.

use std::time::Duration;

/// A delay before the next try. Each has a destination of its own where the broker has no delay for each message: then nothing
/// that is due stands behind something that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Short,
    Long,
}

impl Wait {
    pub(crate) const ALL: [Self; 2] = [Self::Short, Self::Long];

    /// In a service of your own: seconds and minutes.
    pub(crate) const fn delay(self) -> Duration {
        match self {
            Self::Short => Duration::from_millis(20),
            Self::Long => Duration::from_millis(60),
        }
    }
}
