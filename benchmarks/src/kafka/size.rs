//! How much is measured.

use super::direction::Direction;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Messages sent in one slice, and received: receiving is ten times as fast. The embedded broker forgets a
    /// partition's messages beyond 5 MB.
    sent: u32,
    pub(crate) received: u32,
    /// How often everything begins anew with other clients, and how often all styles take turns each time.
    pub(crate) sittings: u32,
    pub(crate) rounds: u32,
    /// Messages that are counted.
    pub(crate) counted: u32,
}

impl Size {
    pub(crate) const FULL: Self =
        Self { sent: 20_000, received: 100_000, sittings: 5, rounds: 4, counted: 20_000 };
    pub(crate) const QUICK: Self = Self { sent: 20, received: 20, sittings: 1, rounds: 1, counted: 20 };

    pub(crate) fn slice(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Send => self.sent,
            Direction::Receive => self.received,
        }
    }
}
