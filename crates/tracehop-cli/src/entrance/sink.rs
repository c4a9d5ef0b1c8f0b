//! Where spans and log records go.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use tracehop_journey::{JourneySpan, LogLine};

/// Takes what came in. The sender is told that all is well when the future is done, not before: whoever keeps data on disk
/// waits for the disk in it.
///
/// `raw` is the same as an OTLP request in protobuf, redacted and without what was refused; it is there if
/// [`keeps_raw`](Self::keeps_raw).
pub trait Sink: Send + Sync + 'static {
    /// Whether it wants requests as bytes, too. Making them takes time.
    fn keeps_raw(&self) -> bool {
        false
    }

    /// Why nothing is taken now, if that is so. It is asked before a request is decoded: what will not be taken is not to cost what
    /// others need.
    ///
    /// # Errors
    ///
    /// What the sender is told.
    fn has_room(&self) -> Result<(), NotTaken> {
        Ok(())
    }

    /// Takes the spans of one request, all or none.
    fn spans(
        &self,
        spans: Vec<JourneySpan>,
        raw: Option<Bytes>,
    ) -> impl Future<Output = Result<(), NotTaken>> + Send;

    /// Takes the log records of one request, all or none.
    fn logs(
        &self,
        logs: Vec<LogLine>,
        raw: Option<Bytes>,
    ) -> impl Future<Output = Result<(), NotTaken>> + Send;
}

/// Why a request is not taken. Its text is for the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTaken {
    /// There is no room now. The sender is asked to come again.
    Full {
        /// When it may come again.
        retry_after: Duration,
    },
    /// The disk does not take it now. The sender is asked to come again.
    Disk {
        /// When it may come again.
        retry_after: Duration,
        /// What is wrong with the disk.
        why: Box<str>,
    },
    /// It is longer than what can be kept. To send it again is of no use.
    TooLong {
        /// How long it is.
        bytes: u64,
        /// How long it may be.
        at_most: u64,
    },
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { .. } => f.write_str("the queue of spans is full"),
            Self::Disk { why, .. } => write!(f, "what came is not kept: {why}"),
            Self::TooLong { bytes, at_most } => write!(
                f,
                "the request has {bytes} bytes, and {at_most} can be kept on the disk at once: send smaller batches, or start \
                 `tracehop view` with a larger --max-data"
            ),
        }
    }
}

impl std::error::Error for NotTaken {}
