//! The `OTEL_EXPORTER_OTLP_*` variables. Those of one signal come before those of all signals; an empty one is not set.
//!
//! As the specification asks, a value that nobody understands is warned of and left out. Two are errors: a protocol that
//! cannot be spoken, and a file that cannot be read, for the exporter would send something else than it was told to.

use std::time::Duration;

use opentelemetry::otel_warn;

use super::compression::OtlpCompression;
use super::config_error::OtlpConfigError;
use super::endpoint::Endpoint;
use super::headers::Headers;
use super::protocol::OtlpProtocol;
use super::signal::Signal;
use super::tls::Tls;

/// The names of a setting's two variables.
macro_rules! names {
    ($setting:ident, $signal:expr) => {
        [
            match $signal {
                Signal::Traces => concat!("OTEL_EXPORTER_OTLP_TRACES_", stringify!($setting)),
                #[cfg(feature = "metrics")]
                Signal::Metrics => concat!("OTEL_EXPORTER_OTLP_METRICS_", stringify!($setting)),
                #[cfg(feature = "logs")]
                Signal::Logs => concat!("OTEL_EXPORTER_OTLP_LOGS_", stringify!($setting)),
            },
            concat!("OTEL_EXPORTER_OTLP_", stringify!($setting)),
        ]
    };
}

/// What the variables say.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// An error only for whoever needs it: a protocol may be set otherwise.
    pub(super) protocol: Option<Result<OtlpProtocol, OtlpConfigError>>,
    /// With the name of its variable, for errors.
    pub(super) endpoint: Option<(&'static str, Endpoint)>,
    pub(super) is_insecure: bool,
    pub(super) headers: Headers,
    pub(super) timeout: Option<Duration>,
    pub(super) compression: Option<OtlpCompression>,
    pub(super) tls: Tls,
}

impl Variables {
    pub(super) fn read(
        signal: Signal,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, OtlpConfigError> {
        let lookup = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let mut read = Self::default();

        if let Some((name, value)) = first(lookup, names!(PROTOCOL, signal)) {
            read.protocol = Some(protocol(name, value.trim()));
        }
        let [of_signal, of_all] = names!(ENDPOINT, signal);
        let exact = lookup(of_signal).map(|value| (of_signal, Endpoint::Exact(value.trim().to_owned())));
        let base = || lookup(of_all).map(|value| (of_all, Endpoint::Base(value.trim().to_owned())));
        read.endpoint = exact.or_else(base);
        if let Some((_, value)) = first(lookup, names!(INSECURE, signal)) {
            read.is_insecure = value.trim().eq_ignore_ascii_case("true");
        }
        if let Some((name, value)) = first(lookup, names!(HEADERS, signal)) {
            // By its number, for a pair without = may be nothing but a token.
            read.headers =
                Headers::of_variable(&value, |pair, reason| ignored(name, &format!("pair {pair}: {reason}")));
        }
        if let Some((name, value)) = first(lookup, names!(TIMEOUT, signal)) {
            match value.trim().parse() {
                Ok(millis) if millis > 0 => read.timeout = Some(Duration::from_millis(millis)),
                _ => ignored(name, "it is no positive number of milliseconds"),
            }
        }
        if let Some((name, value)) = first(lookup, names!(COMPRESSION, signal)) {
            match value.trim().to_ascii_lowercase().as_str() {
                "none" => read.compression = Some(OtlpCompression::None),
                "gzip" if cfg!(feature = "gzip") => read.compression = Some(OtlpCompression::Gzip),
                "gzip" => ignored(name, "the feature gzip is not enabled"),
                _ => ignored(name, "only gzip and none are supported"),
            }
        }
        read.tls.roots = file(lookup, names!(CERTIFICATE, signal))?;
        read.tls.certificate = file(lookup, names!(CLIENT_CERTIFICATE, signal))?;
        read.tls.key = file(lookup, names!(CLIENT_KEY, signal))?;
        Ok(read)
    }
}

/// A setting's variable for one signal, and that for all signals.
type Names = [&'static str; 2];

fn first(lookup: impl Fn(&str) -> Option<String>, names: Names) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| lookup(name).map(|value| (name, value)))
}

fn protocol(name: &'static str, value: &str) -> Result<OtlpProtocol, OtlpConfigError> {
    match value.to_ascii_lowercase().as_str() {
        "http/protobuf" => Ok(OtlpProtocol::HttpProtobuf),
        "grpc" => Ok(OtlpProtocol::Grpc),
        "http/json" => {
            Err(OtlpConfigError::new(name, "http/json is not supported, http/protobuf and grpc are"))
        }
        _ => Err(OtlpConfigError::new(name, "only http/protobuf and grpc are supported")),
    }
}

fn file(lookup: impl Fn(&str) -> Option<String>, names: Names) -> Result<Option<Vec<u8>>, OtlpConfigError> {
    let Some((name, path)) = first(lookup, names) else { return Ok(None) };
    let bytes = std::fs::read(path.trim());
    bytes.map(Some).map_err(|error| OtlpConfigError::new(name, format!("the file cannot be read: {error}")))
}

fn ignored(variable: &'static str, reason: &str) {
    otel_warn!(name: "OtlpExporter.VariableIgnored", variable = variable, reason = reason);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Variables, OtlpConfigError> {
        Variables::read(Signal::Traces, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_variables_nothing_is_set() {
        let read = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_TIMEOUT", " ")]).unwrap();
        assert_eq!((read.protocol, read.endpoint, read.timeout), (None, None, None));
    }

    #[test]
    fn variables_of_traces_come_first() {
        let read = read(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "GRPC"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "all=1"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "traces=1"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
            ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false"),
            ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
        ])
        .unwrap();
        assert_eq!(read.protocol, Some(Ok(OtlpProtocol::Grpc)));
        assert_eq!(
            read.endpoint,
            Some(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Endpoint::Exact("http://traces".into())))
        );
        assert_eq!(format!("{:?}", read.headers), r#"{"traces"}"#);
        assert_eq!(read.timeout, Some(Duration::from_millis(2)));
        assert_eq!(read.compression, Some(OtlpCompression::None));
        assert!(!read.is_insecure);
    }

    #[test]
    fn an_empty_variable_of_traces_leaves_it_to_that_of_all_signals() {
        let read = read(&[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all"),
        ]);
        assert_eq!(
            read.unwrap().endpoint,
            Some(("OTEL_EXPORTER_OTLP_ENDPOINT", Endpoint::Base("http://all".into())))
        );
    }

    #[test]
    fn what_nobody_understands_is_left_out() {
        let read = read(&[
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "token-alone"),
        ])
        .unwrap();
        assert_eq!((read.timeout, read.compression), (None, None));
        assert_eq!(format!("{:?}", read.headers), "{}");
    }

    #[test]
    fn what_would_send_something_else_is_an_error() {
        for (name, value, expected) in [
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/json",
                "OTEL_EXPORTER_OTLP_PROTOCOL: http/json is not supported, http/protobuf and grpc are",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "udp",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: only http/protobuf and grpc are supported",
            ),
        ] {
            let error = read(&[(name, value)]).unwrap().protocol.unwrap().unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let error = read(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/at.all")]).unwrap_err();
        assert_eq!(error.setting(), "OTEL_EXPORTER_OTLP_CERTIFICATE");
    }
}
