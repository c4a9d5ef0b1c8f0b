//! Why a proxy does not start.

use std::fmt;
use std::io;

/// Why a proxy does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProxyError {
    /// The server's address is none.
    Server {
        /// What was given.
        address: String,
        /// What is wrong with it, and what to write.
        reason: &'static str,
    },
    /// The proxy cannot listen.
    Listen {
        /// Where it should.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread, or no event queue for it.
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { address, reason } => write!(f, "{address:?} is no address of a server: {reason}"),
            Self::Listen { address, source } => write!(f, "the proxy cannot listen at {address}: {source}"),
            Self::Thread { source } => write!(f, "the proxy has no thread of its own: {source}"),
        }
    }
}

impl std::error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Server { .. } => None,
            Self::Listen { source, .. } | Self::Thread { source } => Some(source),
        }
    }
}

impl From<ProxyError> for io::Error {
    fn from(error: ProxyError) -> Self {
        let kind = match &error {
            ProxyError::Server { .. } => io::ErrorKind::InvalidInput,
            ProxyError::Listen { source, .. } | ProxyError::Thread { source } => source.kind(),
        };
        Self::new(kind, error)
    }
}
