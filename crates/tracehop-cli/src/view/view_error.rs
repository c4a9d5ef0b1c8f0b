//! Why `tracehop view` does not start.

use std::fmt;
use std::io;

use crate::demo::DemoError;
use crate::entrance::{EntranceError, KeyTooShort};
use crate::segments::SegmentsError;

/// Why `tracehop view` does not start. Its text says what to change.
#[derive(Debug)]
#[non_exhaustive]
pub enum ViewError {
    /// A port cannot be opened.
    Port(EntranceError),
    /// The directory of `--data` cannot be used.
    Data(SegmentsError),
    /// `TRACEHOP_REDACT_KEY` can be guessed.
    RedactKey(KeyTooShort),
    /// The demo does not start.
    Demo(DemoError),
    /// The system refuses something.
    System(io::Error),
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => error.fmt(f),
            Self::Data(error) => error.fmt(f),
            Self::RedactKey(error) => error.fmt(f),
            Self::Demo(error) => error.fmt(f),
            Self::System(error) => write!(f, "it cannot start: {error}"),
        }
    }
}

impl std::error::Error for ViewError {}

impl From<EntranceError> for ViewError {
    fn from(error: EntranceError) -> Self {
        Self::Port(error)
    }
}

impl From<SegmentsError> for ViewError {
    fn from(error: SegmentsError) -> Self {
        Self::Data(error)
    }
}

impl From<DemoError> for ViewError {
    fn from(error: DemoError) -> Self {
        Self::Demo(error)
    }
}

impl From<io::Error> for ViewError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
