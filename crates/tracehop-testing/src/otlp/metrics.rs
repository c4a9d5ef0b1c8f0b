//! Points of metrics from the wire.

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::common::v1::KeyValue as AnyKeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, NumberDataPoint};

use super::values::attributes;
use crate::MetricPoint;

/// The points of a metric, and whether each shows all that there was before, or what is new.
pub(super) fn points(metric: Metric) -> Vec<(MetricPoint, AggregationTemporality)> {
    let (name, unit) = (metric.name, metric.unit);
    let point = |kind, all: Vec<AnyKeyValue>, count, sum, bounds| MetricPoint {
        name: name.clone(),
        unit: unit.clone(),
        kind,
        attributes: sorted(all),
        bounds,
        count,
        sum,
    };
    let number = |kind, each: NumberDataPoint| {
        let value = match each.value {
            Some(Value::AsInt(value)) => value.unsigned_abs(),
            Some(Value::AsDouble(value)) => whole(value),
            None => 0,
        };
        point(kind, each.attributes, value, 0.0, Vec::new())
    };
    let last = AggregationTemporality::Cumulative;
    match metric.data {
        None => Vec::new(),
        Some(Data::Gauge(gauge)) => {
            gauge.data_points.into_iter().map(|each| (number("gauge", each), last)).collect()
        }
        Some(Data::Sum(sum)) => {
            let temporality = temporality(sum.aggregation_temporality);
            sum.data_points.into_iter().map(|each| (number("counter", each), temporality)).collect()
        }
        Some(Data::Histogram(histogram)) => {
            let temporality = temporality(histogram.aggregation_temporality);
            let point = |each: opentelemetry_proto::tonic::metrics::v1::HistogramDataPoint| {
                let sum = each.sum.unwrap_or_default();
                point("histogram", each.attributes, each.count, sum, each.explicit_bounds)
            };
            histogram.data_points.into_iter().map(|each| (point(each), temporality)).collect()
        }
        Some(Data::ExponentialHistogram(histogram)) => {
            let temporality = temporality(histogram.aggregation_temporality);
            let point = |each: opentelemetry_proto::tonic::metrics::v1::ExponentialHistogramDataPoint| {
                let sum = each.sum.unwrap_or_default();
                point("histogram", each.attributes, each.count, sum, Vec::new())
            };
            histogram.data_points.into_iter().map(|each| (point(each), temporality)).collect()
        }
        Some(Data::Summary(summary)) => {
            let point = |each: opentelemetry_proto::tonic::metrics::v1::SummaryDataPoint| {
                point("summary", each.attributes, each.count, each.sum, Vec::new())
            };
            summary.data_points.into_iter().map(|each| (point(each), last)).collect()
        }
    }
}

fn temporality(wire: i32) -> AggregationTemporality {
    AggregationTemporality::try_from(wire).unwrap_or(AggregationTemporality::Unspecified)
}

fn sorted(all: Vec<AnyKeyValue>) -> Vec<(String, String)> {
    let text = |KeyValue { key, value, .. }| (key.to_string(), value.to_string());
    let mut all: Vec<(String, String)> = attributes(all).into_iter().map(text).collect();
    all.sort();
    all
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tests count small numbers")]
fn whole(value: f64) -> u64 {
    value as u64
}
