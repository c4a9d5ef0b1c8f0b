use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::config_error::OtlpConfigError;
use super::tls::Tls;

/// TLS with rustls: the roots of the system, or of a file in their place.
pub(super) fn secured(endpoint: Endpoint, tls: &Tls) -> Result<Endpoint, OtlpConfigError> {
    let mut config = match &tls.roots {
        // tonic takes a file without certificates for one with none, and then trusts nobody.
        Some(pem) if !has_certificate(pem) => {
            return Err(OtlpConfigError::new("root_certificates", "no certificates in PEM"));
        }
        Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
        None => ClientTlsConfig::new().with_native_roots(),
    };
    if let Some((certificate, key)) = tls.identity()? {
        config = config.identity(Identity::from_pem(certificate, key));
    }
    endpoint
        .tls_config(config)
        .map_err(|_| OtlpConfigError::new("tls", "the certificates cannot be read, or the system has none"))
}

fn has_certificate(pem: &[u8]) -> bool {
    let begin = b"-----BEGIN CERTIFICATE-----";
    pem.windows(begin.len()).any(|text| text == begin)
}
