use std::fmt;
use std::time::{Duration, SystemTime};

use super::retry::{self, Verdict};
use super::text::bounded;

/// Why a transport could not deliver a request, and what to do with it now.
///
/// The message is for logs. It must not have anything of the request's headers in it, for they hold access tokens; nor what a
/// server answered, which may repeat them.
#[derive(Clone, Debug)]
pub struct OtlpTransportError {
    verdict: Verdict,
    message: String,
}

impl OtlpTransportError {
    /// The request may be accepted later: no connection, no answer, or a server that has too much to do.
    pub fn retryable(message: impl fmt::Display) -> Self {
        Self::new(Verdict::Retry { after: None }, message)
    }

    /// The request may be accepted after that time, says the server.
    pub fn retryable_after(after: Duration, message: impl fmt::Display) -> Self {
        Self::new(Verdict::Retry { after: Some(after) }, message)
    }

    /// The request is too large; parts of it may be accepted.
    pub fn too_large(message: impl fmt::Display) -> Self {
        Self::new(Verdict::TooLarge, message)
    }

    /// The connection broke off while the request was sent: the server went away, or it has read enough of a request that is too
    /// large, and its answer cannot be read any more. The request is sent again, and in parts if that happens twice.
    pub fn broke_off(message: impl fmt::Display) -> Self {
        Self::new(Verdict::BrokeOff, message)
    }

    /// The request will never be accepted.
    pub fn refused(message: impl fmt::Display) -> Self {
        Self::new(Verdict::Refused, message)
    }

    /// What OTLP says about an HTTP status that is not 2xx. `retry_after` is the value of the header `Retry-After`.
    ///
    /// ```
    /// use tracehop_sdk::OtlpTransportError;
    ///
    /// let error = OtlpTransportError::from_http_status(503, Some("7"));
    /// assert!(error.is_retryable());
    /// assert_eq!(error.to_string(), "the server answered with HTTP status 503");
    /// assert!(!OtlpTransportError::from_http_status(401, None).is_retryable());
    /// ```
    pub fn from_http_status(status: u16, retry_after: Option<&str>) -> Self {
        let verdict = retry::of_http(status, retry_after, SystemTime::now());
        Self::new(verdict, format_args!("the server answered with HTTP status {status}"))
    }

    /// What OTLP says about a gRPC code that is not `OK`. `retry_delay` is that of a `google.rpc.RetryInfo` in the details.
    /// The message of the status tells whether it means that the request is too large; it is not shown.
    pub fn from_grpc_status(code: i32, retry_delay: Option<Duration>, message: &str) -> Self {
        let verdict = retry::of_grpc(code, retry_delay, message);
        Self::new(verdict, format_args!("the server answered with gRPC code {code}"))
    }

    /// Whether the request may be accepted if it is sent again as it is.
    pub fn is_retryable(&self) -> bool {
        matches!(self.verdict, Verdict::Retry { .. } | Verdict::BrokeOff)
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.verdict
    }

    fn new(verdict: Verdict, message: impl fmt::Display) -> Self {
        Self { verdict, message: bounded(&message.to_string()) }
    }
}

impl fmt::Display for OtlpTransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OtlpTransportError {}
