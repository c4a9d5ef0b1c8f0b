//! Traces, metrics and logs of the service, and its log on this machine.

use std::env;

use tracehop_sdk::{InitError, LogFormat, Telemetry};

use crate::log_lines::LogLines;

/// The name of the service, and of its own meter.
pub(crate) const SERVICE: &str = "axum-service";

/// Everything goes to `endpoint`, or else to where the variables of OpenTelemetry say. Nothing is installed yet.
///
/// A service of your own says `tracehop_sdk::init("orders")`, and no more.
pub(crate) fn telemetry(endpoint: Option<String>, log: &LogLines) -> Result<Telemetry, InitError> {
    let log = log.clone();
    Telemetry::builder(SERVICE)
        .log_format(LogFormat::Json)
        .log_writer(move || log.line())
        .variables(move |name| match (name, &endpoint) {
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Some(endpoint)) => Some(endpoint.clone()),
            _ => env::var(name).ok(),
        })
        .build()
}
