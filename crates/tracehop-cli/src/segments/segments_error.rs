//! Why a directory cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a directory cannot be used to keep what comes in. Each is one line that says what to change.
#[derive(Debug)]
#[non_exhaustive]
pub enum SegmentsError {
    /// The bounds contradict each other.
    Bounds(&'static str),
    /// The directory cannot be made, read or written.
    Directory {
        /// The directory, or the file in it.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system said.
        error: io::Error,
    },
    /// Another process uses it.
    Taken {
        /// The directory.
        path: PathBuf,
        /// The other process, if it left its number.
        process: Option<u32>,
    },
    /// Another version of this program has written it.
    Version {
        /// The directory.
        path: PathBuf,
        /// The version of the first segment that is not of this one.
        found: u32,
        /// The version that this program reads and writes.
        expected: u32,
    },
    /// The operating system does not start a thread.
    Thread(io::Error),
}

impl fmt::Display for SegmentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounds(what) => f.write_str(what),
            Self::Directory { path, action, error } => write!(
                f,
                "cannot {action} {}: {error}. Choose a directory that can be written with --data",
                path.display()
            ),
            Self::Taken { path, process } => {
                write!(f, "{} is used by another process", path.display())?;
                if let Some(process) = process {
                    write!(f, " ({process})")?;
                }
                f.write_str(": stop it, or choose another directory with --data")
            }
            Self::Version { path, found, expected } => write!(
                f,
                "{} holds data of version {found}, and this program knows version {expected}: use the tracehop that wrote it, \
                 choose another directory with --data, or delete this one",
                path.display()
            ),
            Self::Thread(error) => write!(f, "cannot start the thread that writes to disk: {error}"),
        }
    }
}

impl std::error::Error for SegmentsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Directory { error, .. } | Self::Thread(error) => Some(error),
            Self::Bounds(_) | Self::Taken { .. } | Self::Version { .. } => None,
        }
    }
}
