use std::fmt;

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
