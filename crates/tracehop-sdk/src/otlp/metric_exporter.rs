use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ScopeMetrics};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use prost::Message;

use super::builder::OtlpExporterBuilder;
use super::config_error::OtlpConfigError;
use super::counters::OtlpCounters;
use super::delivery::Delivery;
use super::part::Part;
use super::stop::Stop;

/// Sends metrics over the transports of spans, in the bytes of `opentelemetry-proto`.
#[derive(Debug)]
pub(crate) struct OtlpMetricExporter {
    delivery: Delivery,
    temporality: Temporality,
}

impl OtlpMetricExporter {
    pub(crate) fn new(
        builder: OtlpExporterBuilder,
        temporality: Temporality,
    ) -> Result<Self, OtlpConfigError> {
        Ok(Self { delivery: builder.delivery()?, temporality })
    }

    /// What became of the data points.
    pub(crate) fn counters(&self) -> OtlpCounters {
        self.delivery.counters.clone()
    }

    pub(crate) fn stop(&self) -> Arc<Stop> {
        Arc::clone(&self.delivery.stop)
    }

    /// All attempts at one export take no longer than this.
    pub(crate) fn limit_timeout(&mut self, most: Duration) {
        self.delivery.timeout = self.delivery.timeout.min(most);
    }
}

impl PushMetricExporter for OtlpMetricExporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let part = MetricPart(ExportMetricsServiceRequest::from(metrics));
        let mut losses = self.delivery.deliver(part).err().unwrap_or_default();
        losses.pop().map_or(Ok(()), |loss| Err(loss.error))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        if self.delivery.stop.set() { Ok(()) } else { Err(OTelSdkError::AlreadyShutdown) }
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

struct MetricPart(ExportMetricsServiceRequest);

impl MetricPart {
    fn scopes(&self) -> impl Iterator<Item = &ScopeMetrics> {
        self.0.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics)
    }

    fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.scopes().flat_map(|scope| &scope.metrics)
    }
}

impl Part for MetricPart {
    fn items(&self) -> usize {
        self.metrics().map(points).sum()
    }

    fn encode(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        // A vector has room for whatever there is.
        let _written = self.0.encode(buffer);
    }

    fn can_be_halved(&self) -> bool {
        self.metrics().nth(1).is_some()
    }

    /// Each half has half of the metrics; the points of one metric stay together.
    fn halves(self) -> (Self, Self) {
        let mut left = self.metrics().count() / 2;
        let (mut first, mut second) = (self.0.clone(), self.0);
        for (first, second) in first.resource_metrics.iter_mut().zip(&mut second.resource_metrics) {
            for (first, second) in first.scope_metrics.iter_mut().zip(&mut second.scope_metrics) {
                let here = left.min(first.metrics.len());
                left -= here;
                first.metrics.truncate(here);
                second.metrics.drain(..here);
            }
        }
        (Self(first), Self(second))
    }

    fn first_name(&self) -> &str {
        self.metrics().next().map(|metric| metric.name.as_str()).unwrap_or_default()
    }
}

fn points(metric: &Metric) -> usize {
    match &metric.data {
        None => 0,
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, NumberDataPoint, ResourceMetrics};

    use super::*;

    #[test]
    fn halves_have_all_metrics_in_their_order() {
        let metric = |name: &str| Metric {
            name: name.to_owned(),
            data: Some(Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default(); 2] })),
            ..Metric::default()
        };
        let scope = |names: &[&str]| ScopeMetrics {
            metrics: names.iter().map(|name| metric(name)).collect(),
            ..ScopeMetrics::default()
        };
        for scopes in [&[&["a", "b", "c"][..], &["d", "e"]][..], &[&["a"], &["b"]], &[&["a", "b"]]] {
            let all: Vec<&str> = scopes.concat();
            let scope_metrics = scopes.iter().map(|names| scope(names)).collect();
            let resource = ResourceMetrics { scope_metrics, ..ResourceMetrics::default() };
            let part = MetricPart(ExportMetricsServiceRequest { resource_metrics: vec![resource] });
            assert_eq!((part.items(), part.can_be_halved()), (all.len() * 2, true));
            let (first, second) = part.halves();
            let names =
                |part: &MetricPart| part.metrics().map(|metric| metric.name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&first).len(), all.len() / 2);
            assert_eq!([names(&first), names(&second)].concat(), all);
        }
        assert!(!MetricPart(ExportMetricsServiceRequest::default()).can_be_halved());
    }
}
