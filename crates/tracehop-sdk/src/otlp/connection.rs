use std::time::Duration;

use super::compression::OtlpCompression;
use super::endpoint::Endpoint;
use super::headers::Headers;
use super::signal::Signal;
use super::tls::Tls;

/// What a transport of ours needs to know.
#[allow(dead_code, reason = "each transport reads what concerns it, and its feature may be off")]
pub(super) struct Connection {
    pub(super) signal: Signal,
    pub(super) endpoint: Endpoint,
    /// What is at fault if it is none: the setting, or a variable.
    pub(super) endpoint_setting: &'static str,
    /// Over gRPC: an address without a scheme is one without TLS.
    pub(super) is_insecure: bool,
    pub(super) headers: Headers,
    pub(super) compression: OtlpCompression,
    pub(super) tls: Tls,
    pub(super) timeout: Duration,
}

/// Who sends this.
#[cfg_attr(not(any(feature = "otlp-http", feature = "otlp-grpc")), expect(dead_code))]
pub(super) const USER_AGENT: &str = concat!("tracehop-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));
