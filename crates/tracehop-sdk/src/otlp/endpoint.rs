use std::fmt;

use super::signal::Signal;

/// Where requests go to. It is not shown in full: it may have a password before the host, or a token behind the path.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// An address that is used as it is.
    Exact(String),
    /// The address of all signals: over HTTP, the path of this one is put behind it.
    Base(String),
}

impl Endpoint {
    pub(super) const HTTP: &str = "http://localhost:4318";
    pub(super) const GRPC: &str = "http://localhost:4317";

    #[cfg_attr(not(feature = "otlp-http"), expect(dead_code))]
    pub(super) fn for_http(&self, signal: Signal) -> String {
        match self {
            Self::Exact(address) => address.clone(),
            Self::Base(address) => {
                format!("{}{}", address.strip_suffix('/').unwrap_or(address), signal.path())
            }
        }
    }

    /// gRPC has a path of its own. An address without a scheme is one of TLS, unless `is_insecure`.
    #[cfg_attr(not(feature = "otlp-grpc"), expect(dead_code))]
    pub(super) fn for_grpc(&self, is_insecure: bool) -> String {
        let (Self::Exact(address) | Self::Base(address)) = self;
        let has_scheme =
            address.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']));
        match (has_scheme, is_insecure) {
            (true, _) => address.clone(),
            (false, true) => format!("http://{address}"),
            (false, false) => format!("https://{address}"),
        }
    }
}

/// The scheme, the host and the port.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Exact(address) | Self::Base(address)) = self;
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        f.write_str(&[scheme, host].join("://"))
    }
}

#[cfg(all(test, feature = "otlp-http", feature = "otlp-grpc"))]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_put_behind_the_address_of_all_signals_only() {
        for (endpoint, expected) in [
            (Endpoint::Base("http://a:4318".into()), "http://a:4318/v1/traces"),
            (Endpoint::Base("http://a:4318/".into()), "http://a:4318/v1/traces"),
            (Endpoint::Base("http://a/otel".into()), "http://a/otel/v1/traces"),
            (Endpoint::Exact("http://a/otel".into()), "http://a/otel"),
            (Endpoint::Exact("http://a".into()), "http://a"),
        ] {
            assert_eq!(endpoint.for_http(Signal::Traces), expected);
        }
    }

    #[test]
    fn grpc_without_a_scheme_is_secure() {
        let endpoint = |text: &str| Endpoint::Base(text.into());
        assert_eq!(endpoint("a:4317").for_grpc(false), "https://a:4317");
        assert_eq!(endpoint("a:4317").for_grpc(true), "http://a:4317");
        assert_eq!(endpoint("http://a:4317").for_grpc(false), "http://a:4317");
        assert_eq!(endpoint("a:4317/b://c").for_grpc(false), "https://a:4317/b://c");
    }

    #[test]
    fn passwords_and_tokens_are_not_shown() {
        let endpoint = Endpoint::Exact("https://me:pass@host:1/path/token?key=secret".into());
        assert_eq!(format!("{endpoint:?}"), "https://host:1");
    }
}
