//! Why a record was not kept.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a record was not kept. The next one may be: nothing needs to be opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// There is no room on the disk, or not for this user.
    DiskFull,
    /// The operating system refused something else.
    Disk(io::ErrorKind, Arc<str>),
    /// It is longer than the bounds allow.
    TooLong {
        /// How long it is.
        bytes: u64,
        /// How long it may be.
        at_most: u64,
    },
    /// The disk does not keep up: too much waits already. The sender can try again.
    Busy,
    /// The thread that writes has ended.
    Closed,
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DiskFull => {
                f.write_str("the disk is full: free some room, or lower the bound of what is kept")
            }
            Self::Disk(_, text) => write!(f, "the disk refuses it: {text}"),
            Self::TooLong { bytes, at_most } => {
                write!(f, "a record of {bytes} bytes is longer than the {at_most} that are kept at most")
            }
            Self::Busy => f.write_str("the disk does not keep up: too many records wait"),
            Self::Closed => f.write_str("nothing is written any more"),
        }
    }
}

impl std::error::Error for AppendError {}

impl From<&io::Error> for AppendError {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            kind => Self::Disk(kind, error.to_string().into()),
        }
    }
}

impl From<AppendError> for io::Error {
    fn from(error: AppendError) -> Self {
        let kind = match &error {
            AppendError::DiskFull => io::ErrorKind::StorageFull,
            AppendError::Disk(kind, _) => *kind,
            AppendError::TooLong { .. } => io::ErrorKind::InvalidInput,
            AppendError::Busy => io::ErrorKind::ResourceBusy,
            AppendError::Closed => io::ErrorKind::BrokenPipe,
        };
        Self::new(kind, error)
    }
}
