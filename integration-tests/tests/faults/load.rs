//! How much a test sends.

/// How many messages a test sends.
pub(crate) const MESSAGES: usize = 200;

/// How many of them wait for the broker's answer at once.
pub(crate) const IN_FLIGHT: usize = 20;
