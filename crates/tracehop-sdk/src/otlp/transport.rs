use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::transport_error::OtlpTransportError;

/// Brings requests to where the spans go: the one method that an own client needs.
///
/// The exporter encodes, retries, splits and counts; a transport makes one attempt. It is called on the thread that exports,
/// never twice at a time, and blocks that thread: a processor has one of its own. A client that is asynchronous is waited
/// for there, as with `tokio::runtime::Handle::block_on`.
///
/// # Example
///
/// ```
/// use tracehop_sdk::{OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError};
///
/// /// Writes requests to a file, one behind the other.
/// #[derive(Debug)]
/// struct File(std::fs::File);
///
/// impl OtlpTransport for File {
///     fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
///         use std::io::Write;
///         (&self.0).write_all(request.body()).map_err(OtlpTransportError::refused)?;
///         Ok(OtlpResponse::empty())
///     }
/// }
/// ```
pub trait OtlpTransport: fmt::Debug + Send + Sync {
    /// Sends one request, and waits for its answer.
    ///
    /// # Errors
    ///
    /// What became of it if it was not accepted: whether to send it again, and when, decides the error.
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError>;
}

impl<T: OtlpTransport + ?Sized> OtlpTransport for Arc<T> {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        (**self).send(request)
    }
}

/// One attempt to send spans.
#[derive(Clone, Copy)]
pub struct OtlpRequest<'a> {
    body: &'a [u8],
    spans: usize,
    timeout: Duration,
}

impl<'a> OtlpRequest<'a> {
    pub(super) fn new(body: &'a [u8], spans: usize, timeout: Duration) -> Self {
        Self { body, spans, timeout }
    }

    /// An `ExportTraceServiceRequest`, encoded and not compressed.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The number of spans in it.
    pub fn spans(&self) -> usize {
        self.spans
    }

    /// The time that is left for this attempt. It is the transport that keeps to it.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// Without the body, which is long and has the users' data in it.
impl fmt::Debug for OtlpRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpRequest")
            .field("bytes", &self.body.len())
            .field("spans", &self.spans)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The answer to a request that was accepted, in full or in part.
#[derive(Clone, Debug)]
pub struct OtlpResponse {
    /// None if not all of it arrived.
    body: Option<Vec<u8>>,
}

impl OtlpResponse {
    /// An answer with this body: an `ExportTraceServiceResponse`, which may say that some spans were rejected. A transport
    /// reads no more than [`MAX_BODY`](Self::MAX_BODY) bytes of what a server sends.
    pub fn new(body: Vec<u8>) -> Self {
        Self { body: Some(body) }
    }

    /// An answer without a body: everything was accepted.
    pub fn empty() -> Self {
        Self::new(Vec::new())
    }

    /// An answer that says that the request was accepted, but whose body was too long or broke off.
    pub fn unreadable() -> Self {
        Self { body: None }
    }

    /// Bytes of a body that are worth to be read.
    pub const MAX_BODY: usize = 64 * 1024;

    pub(super) fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}
