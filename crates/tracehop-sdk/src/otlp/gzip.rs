use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::transport::OtlpResponse;
use super::transport_error::OtlpTransportError;

/// Compresses bodies, into a buffer that is used again.
#[derive(Default)]
pub(super) struct Gzip {
    buffer: Mutex<Vec<u8>>,
}

/// Bytes that the buffer keeps.
const KEPT: usize = 1024 * 1024;

impl Gzip {
    /// Hands the compressed body to `send`. It is compressed fast: spans repeat themselves, so more effort saves little.
    pub(super) fn compressed(
        &self,
        body: &[u8],
        send: impl FnOnce(&[u8]) -> Result<OtlpResponse, OtlpTransportError>,
    ) -> Result<OtlpResponse, OtlpTransportError> {
        let mut kept = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = std::mem::take(&mut *kept);
        buffer.clear();
        let mut encoder = GzEncoder::new(buffer, Compression::fast());
        encoder.write_all(body).map_err(OtlpTransportError::refused)?;
        buffer = encoder.finish().map_err(OtlpTransportError::refused)?;
        let outcome = send(&buffer);
        if buffer.capacity() <= KEPT {
            *kept = buffer;
        }
        outcome
    }
}

impl fmt::Debug for Gzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gzip").finish_non_exhaustive()
    }
}
