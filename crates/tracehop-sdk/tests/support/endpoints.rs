//! Where tests export to. What is well is an `OtlpRecorder`. The rest are sockets that say nothing: a `FaultProxy` would need a server
//! behind it for that.
#![allow(dead_code, reason = "not every suite needs all of it")]

use std::net::TcpListener;

use opentelemetry::KeyValue;
use tracehop_testing::OtlpRecorder;

/// The protocols that are there.
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) const PROTOCOLS: &[&str] = &["http/protobuf", "grpc"];
#[cfg(all(feature = "otlp-http", not(feature = "otlp-grpc")))]
pub(crate) const PROTOCOLS: &[&str] = &["http/protobuf"];
#[cfg(not(feature = "otlp-http"))]
pub(crate) const PROTOCOLS: &[&str] = &["grpc"];

pub(crate) fn recorder() -> OtlpRecorder {
    OtlpRecorder::start_blocking().unwrap()
}

/// Variables that send everything to a recorder. Unlike its own they leave the times of exports as they are.
pub(crate) fn to(recorder: &OtlpRecorder, protocol: &str) -> [(String, String); 2] {
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", recorder.endpoint()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// The text of a resource's attribute.
pub(crate) fn attribute(resource: &[KeyValue], key: &str) -> Option<String> {
    let found = resource.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(found.value.to_string())
}

/// A look-up of these variables and no others.
pub(crate) fn lookup<N: AsRef<str>, V: AsRef<str>>(
    all: impl IntoIterator<Item = (N, V)>,
) -> impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static {
    let own = |(name, value): (N, V)| (name.as_ref().to_owned(), value.as_ref().to_owned());
    let all: Vec<(String, String)> = all.into_iter().map(own).collect();
    move |name| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// An endpoint that takes connections and never answers. It does so until it is dropped.
pub(crate) fn black_hole() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    (listener, endpoint)
}

/// An endpoint at which nobody listens.
pub(crate) fn nobody() -> String {
    black_hole().1
}
