use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::config_error::OtlpConfigError;
use super::tls::Tls;

/// TLS with rustls: the roots of the system, or of a file in their place. Where the system has none, those of Mozilla.
pub(super) fn config(tls: &Tls) -> Result<TlsConfig, OtlpConfigError> {
    let roots = match &tls.roots {
        Some(pem) => RootCerts::new_with_certs(&certificates("root_certificates", pem)?),
        None => of_the_system(),
    };
    let identity = match tls.identity()? {
        Some((certificate, key)) => {
            let chain = certificates("client_identity", certificate)?;
            let key = PrivateKey::from_pem(key)
                .map_err(|_| OtlpConfigError::new("client_identity", "the key is no private key in PEM"))?;
            Some(ClientCert::new_with_certs(&chain, key))
        }
        None => None,
    };
    Ok(TlsConfig::builder().root_certs(roots).client_cert(identity).build())
}

fn of_the_system() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return RootCerts::WebPki;
    }
    let found: Vec<_> =
        found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    RootCerts::new_with_certs(&found)
}

fn certificates(setting: &'static str, pem: &[u8]) -> Result<Vec<Certificate<'static>>, OtlpConfigError> {
    let invalid = || OtlpConfigError::new(setting, "no certificates in PEM");
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| invalid())? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() { Err(invalid()) } else { Ok(certificates) }
}
