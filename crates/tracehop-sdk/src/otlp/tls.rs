use std::fmt;

#[cfg(all(feature = "tls", any(feature = "otlp-http", feature = "otlp-grpc")))]
use super::config_error::OtlpConfigError;

/// Certificates in place of those of the system, and of the client: the bytes of PEM files.
#[derive(Clone, Default)]
pub(super) struct Tls {
    /// Whom to trust; none for the roots of the system.
    pub(super) roots: Option<Vec<u8>>,
    /// Who the client is: its certificates.
    pub(super) certificate: Option<Vec<u8>>,
    /// The key of the first of them.
    pub(super) key: Option<Vec<u8>>,
}

/// A certificate and its key.
#[cfg(all(feature = "tls", any(feature = "otlp-http", feature = "otlp-grpc")))]
type Identity<'a> = (&'a [u8], &'a [u8]);

impl Tls {
    /// The client's certificates and key: both, or none.
    #[cfg(all(feature = "tls", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(super) fn identity(&self) -> Result<Option<Identity<'_>>, OtlpConfigError> {
        match (&self.certificate, &self.key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            _ => {
                let reason = "a client's certificate needs its key, and the key its certificate";
                Err(OtlpConfigError::new("client_identity", reason))
            }
        }
    }
}

/// Only what there is.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.is_some())
            .field("certificate", &self.certificate.is_some())
            .field("key", &self.key.is_some())
            .finish()
    }
}
