//! What is said in OpenTelemetry's internal log.

use opentelemetry_sdk::logs::InMemoryLogExporter;
use opentelemetry_sdk::metrics::InMemoryMetricExporter;
use tracehop_sdk::{LogsBuilder, MetricsBuilder};

use crate::endpoints::lookup;

#[path = "../support/log.rs"]
mod log;

#[test]
fn each_variable_that_nobody_understands_is_named() {
    let number = "it is no whole number above zero";
    for (variable, value, reason) in [
        ("OTEL_METRIC_EXPORT_INTERVAL", "1s", number),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0", number),
        ("OTEL_BLRP_SCHEDULE_DELAY", "-1", number),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "many", number),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "0", number),
    ] {
        let set = lookup([(variable, value)]);
        let lines = log::logged("Telemetry.", || {
            let metrics = MetricsBuilder::default().variables(set.clone());
            drop(metrics.exporter(InMemoryMetricExporter::default()).build().unwrap());
            let logs = LogsBuilder::default().variables(set);
            drop(logs.exporter(InMemoryLogExporter::default()).build().unwrap());
        });
        let expected = format!(
            "WARN tracehop-sdk name=\"Telemetry.VariableIgnored\" variable=\"{variable}\" reason=\"{reason}\""
        );
        assert_eq!(lines, [expected]);
    }
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn variables_of_exporters_are_named_too() {
    for (variable, value, reason) in [
        ("OTEL_METRICS_EXPORTER", "prometheus", "only otlp and none are supported"),
        ("OTEL_LOGS_EXPORTER", "file", "only otlp, console and none are supported"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "soon", "it is no whole number above zero"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "soon", "it is no whole number above zero"),
        (
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            "sometimes",
            "only cumulative, delta and lowmemory are supported",
        ),
    ] {
        let set = lookup([(variable, value), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
        let lines = log::logged("Telemetry.", || {
            drop(MetricsBuilder::default().variables(set.clone()).build().unwrap());
            drop(LogsBuilder::default().variables(set).build().unwrap());
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(&format!("variable=\"{variable}\" reason=\"{reason}")), "{lines:?}");
    }
}
