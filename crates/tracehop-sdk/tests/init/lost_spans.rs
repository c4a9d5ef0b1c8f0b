//! Spans that are lost are a metric.

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::InMemoryMetricExporter;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracehop_sdk::Telemetry;

use crate::endpoints::lookup;
use crate::mail::relay;

/// Takes no span.
#[derive(Debug)]
struct Refusing;

impl SpanExporter for Refusing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("no room".to_owned()))
    }
}

#[test]
fn spans_that_the_exporter_refuses_are_counted_by_their_reason() {
    let exporter = InMemoryMetricExporter::default();
    let given = exporter.clone();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup([("OTEL_LOGS_EXPORTER", "none")]))
        .log_writer(std::io::sink)
        .traces(|traces| traces.exporter(Refusing))
        .metrics(|metrics| metrics.exporter(given))
        .messaging_metrics(|metrics| metrics.queue_times(true))
        .build()
        .unwrap();
    relay(&telemetry.messaging_tracer(), || {});
    telemetry.traces().provider().force_flush().unwrap_err();
    let lost = telemetry.traces().drops().total();
    assert!(lost >= 2, "{lost}");
    telemetry.metrics().provider().force_flush().unwrap();

    let finished = exporter.get_finished_metrics().unwrap();
    let all = finished.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
    let metric = all.filter(|metric| metric.name() == "tracehop.spans.lost").last().unwrap();
    assert_eq!(metric.unit(), "{span}");
    let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else { panic!("{metric:?}") };
    let points: Vec<(String, u64)> = sum
        .data_points()
        .map(|point| {
            (point.attributes().map(|attribute| attribute.value.to_string()).collect(), point.value())
        })
        .collect();
    assert_eq!(points, [("export_failed".to_owned(), lost)]);
}
