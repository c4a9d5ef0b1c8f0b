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

    /// Takes the spans of one request, all or none.
    fn spans(
        &self,
        spans: Vec<JourneySpan>,
        raw: Option<Bytes>,
    ) -> impl Future<Output = Result<(), Full>> + Send;

    /// Takes the log records of one request, all or none.
    fn logs(&self, logs: Vec<LogLine>, raw: Option<Bytes>) -> impl Future<Output = Result<(), Full>> + Send;
}

/// There is no room now. The sender is asked to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// When it may come again.
    pub retry_after: Duration,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no room now: come again in {:?}", self.retry_after)
    }
}

impl std::error::Error for Full {}
