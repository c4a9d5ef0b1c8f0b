//! With an exporter that was given, and none at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{InMemoryLogExporter, LogBatch, LogExporter};
use opentelemetry_sdk::metrics::InMemoryMetricExporter;
use tracehop_sdk::{Logs, LogsBuilder, Metrics, MetricsBuilder};
use tracing_subscriber::layer::SubscriberExt;

use crate::endpoints::lookup;

const SERVICE: &str = "service.name";

fn metrics(set: &[(&str, &str)]) -> (MetricsBuilder, InMemoryMetricExporter) {
    let exporter = InMemoryMetricExporter::default();
    let builder = MetricsBuilder::default().variables(lookup(set.iter().copied()));
    (builder.exporter(exporter.clone()), exporter)
}

fn logs(set: &[(&str, &str)]) -> (LogsBuilder, InMemoryLogExporter) {
    let exporter = InMemoryLogExporter::default();
    let builder = LogsBuilder::default().variables(lookup(set.iter().copied()));
    (builder.exporter(exporter.clone()), exporter)
}

fn count(metrics: &Metrics) {
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
}

fn log(logs: &Logs) {
    let subscriber = tracing_subscriber::registry().with(logs.layer());
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(order = 7, "late");
        tracing::warn!(target: "opentelemetry_sdk", "of the exporter's own");
    });
}

fn name(resource: &Resource) -> Option<String> {
    resource.get(&SERVICE.into()).map(|value| value.to_string())
}

#[test]
fn each_has_the_resource_that_code_and_variables_say() {
    let set = [("OTEL_SERVICE_NAME", "of-variable"), ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b=2")];
    let more = || Resource::builder_empty().with_attribute(opentelemetry::KeyValue::new("b", "3")).build();
    let expect = |resource: &Resource, expected: &str| {
        let value = |key: &'static str| resource.get(&key.into()).map(|value| value.to_string());
        assert_eq!(name(resource).as_deref(), Some(expected));
        assert_eq!((value("a").as_deref(), value("b").as_deref()), (Some("1"), Some("3")));
        assert_eq!(value("telemetry.sdk.language").as_deref(), Some("rust"));
    };
    for (code, expected) in [(None, "of-variable"), (Some("orders"), "orders")] {
        let lookup = lookup(set);
        let exporter = InMemoryMetricExporter::default();
        let builder = code.map_or_else(MetricsBuilder::default, Metrics::builder);
        let metrics =
            builder.variables(lookup.clone()).resource(more()).exporter(exporter.clone()).build().unwrap();
        count(&metrics);
        metrics.provider().force_flush().unwrap();
        expect(exporter.get_finished_metrics().unwrap()[0].resource(), expected);

        let exporter = InMemoryLogExporter::default();
        let builder = code.map_or_else(LogsBuilder::default, Logs::builder);
        let logs = builder.variables(lookup).resource(more()).exporter(exporter.clone()).build().unwrap();
        log(&logs);
        logs.provider().force_flush().unwrap();
        expect(&exporter.get_emitted_logs().unwrap()[0].resource, expected);
    }
}

#[test]
fn what_exporters_log_themselves_is_left_out() {
    let (builder, exporter) = logs(&[]);
    let logs = builder.build().unwrap();
    log(&logs);
    logs.provider().force_flush().unwrap();
    let records = exporter.get_emitted_logs().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(format!("{:?}", records[0].record.body().unwrap()), "String(Owned(\"late\"))");
}

/// Counts records. The one in memory forgets them when it is shut down.
#[derive(Clone, Debug, Default)]
struct Counting(Arc<AtomicUsize>);

impl LogExporter for Counting {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.0.fetch_add(batch.iter().count(), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn what_is_left_is_exported_when_they_are_dropped() {
    let (builder, exporter) = metrics(&[]);
    let built = builder.build().unwrap();
    count(&built);
    drop(built);
    assert_eq!(exporter.get_finished_metrics().unwrap().len(), 1);
    let counting = Counting::default();
    let built = logs(&[]).0.exporter(counting.clone()).build().unwrap();
    log(&built);
    drop(built);
    assert_eq!(counting.0.load(Ordering::Relaxed), 1);
}

#[test]
fn metrics_are_exported_once_in_each_interval() {
    for by_code in [true, false] {
        let set: &[(&str, &str)] = if by_code { &[] } else { &[("OTEL_METRIC_EXPORT_INTERVAL", "5")] };
        let (builder, exporter) = metrics(set);
        let builder = if by_code { builder.interval(Duration::from_millis(5)) } else { builder };
        let metrics = builder.build().unwrap();
        count(&metrics);
        let started = std::time::Instant::now();
        while exporter.get_finished_metrics().unwrap().len() < 2 {
            assert!(started.elapsed() < Duration::from_secs(20), "it is not exported by itself");
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_second_shutdown_says_so() {
    let built = metrics(&[]).0.build().unwrap();
    built.shutdown().unwrap();
    assert!(matches!(built.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
    let built = logs(&[]).0.build().unwrap();
    built.shutdown().unwrap();
    assert!(matches!(built.shutdown(), Err(OTelSdkError::AlreadyShutdown)));
}

#[test]
fn nothing_is_exported_if_a_variable_says_so() {
    for (name, value, is_disabled) in [
        ("OTEL_SDK_DISABLED", "true", true),
        ("OTEL_METRICS_EXPORTER", "none", false),
        ("OTEL_LOGS_EXPORTER", "None", false),
    ] {
        // There is no exporter that was given, so the variable counts. Another one would fail without a feature for OTLP.
        let lookup = lookup([(name, value)]);
        if !name.contains("LOGS") {
            let metrics = MetricsBuilder::default().variables(lookup.clone()).build().unwrap();
            count(&metrics);
            assert_eq!(metrics.is_disabled(), is_disabled, "{name}");
            metrics.shutdown().unwrap();
        }
        if !name.contains("METRICS") {
            let logs = LogsBuilder::default().variables(lookup).build().unwrap();
            log(&logs);
            assert_eq!(logs.is_disabled(), is_disabled, "{name}");
            logs.shutdown().unwrap();
        }
    }
}

#[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
#[test]
fn without_a_feature_for_otlp_there_must_be_an_exporter() {
    let text = "exporter: without the features otlp-http and otlp-grpc one must be given";
    let none = || lookup::<&str, &str>([]);
    let error = MetricsBuilder::default().variables(none()).build().unwrap_err();
    assert_eq!((error.setting(), error.to_string().as_str()), ("exporter", text));
    let error = LogsBuilder::default().variables(none()).build().unwrap_err();
    assert_eq!(error.to_string(), text);
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
#[test]
fn a_variable_of_otlp_that_would_send_it_elsewhere_is_an_error_that_names_it() {
    for (variable, is_of_metrics, is_of_logs) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", true, true),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", true, false),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", false, true),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", false, false),
    ] {
        let expected = format!("{variable}: only http/protobuf and grpc are supported");
        let lookup = lookup([(variable, "udp")]);
        let error = MetricsBuilder::default().variables(lookup.clone()).build().err();
        assert_eq!(error.map(|error| error.to_string()), is_of_metrics.then(|| expected.clone()));
        let error = LogsBuilder::default().variables(lookup).build().err();
        assert_eq!(error.map(|error| error.to_string()), is_of_logs.then_some(expected));
    }
    for (variable, is_of_metrics, is_of_logs) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", true, true),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", true, false),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", false, true),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", false, false),
    ] {
        let lookup = lookup([(variable, "udp://collector")]);
        let error = MetricsBuilder::default().variables(lookup.clone()).build().err();
        assert_eq!(error.as_ref().map(tracehop_sdk::InitError::setting), is_of_metrics.then_some(variable));
        let error = LogsBuilder::default().variables(lookup).build().err();
        assert_eq!(error.as_ref().map(tracehop_sdk::InitError::setting), is_of_logs.then_some(variable));
    }
}
