//! A store that has no room.

use std::fmt;

/// The queue is full: spans come in faster than they are sorted. Come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spans come in faster than they are sorted")
    }
}

impl std::error::Error for Full {}
