//! What could not be read.

use std::fmt;

/// A segment that could not be read as a whole. What is around the damage was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The name of the file.
    pub segment: String,
    /// How many of its bytes were skipped.
    pub skipped: u64,
    /// What kind of damage it is.
    pub cause: DamageCause,
}

/// What is wrong with a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageCause {
    /// After its last whole record comes something else: the record that was being written when the process or the machine
    /// stopped. It was not acknowledged, and has been cut off.
    TornTail,
    /// Some bytes are not as they were written.
    Corrupt,
    /// The operating system cannot read it.
    Unreadable(String),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, skipped, cause } = self;
        match cause {
            DamageCause::TornTail => {
                write!(f, "{segment} ends in the middle of a record: its last {skipped} bytes were cut off")
            }
            DamageCause::Corrupt => {
                write!(f, "{segment} is corrupt: {skipped} bytes were skipped, the rest was read")
            }
            DamageCause::Unreadable(error) => {
                write!(f, "{segment} cannot be read to its end: {error}; {skipped} bytes were skipped")
            }
        }
    }
}
