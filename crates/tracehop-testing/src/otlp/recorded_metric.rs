//! One point of a metric, and where it came from.

use std::fmt;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;

use crate::MetricPoint;
use crate::printable::printable;

/// The state of one series of one instrument of a service. `Display` writes the service and the line of the point.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedMetric {
    /// The name of the service that exported it, if its resource has one.
    pub service: Option<Arc<str>>,
    /// The attributes of the resource that exported it.
    pub resource: Arc<[KeyValue]>,
    /// What it shows after all exports: the last value, or the sum if the service exports differences.
    pub point: MetricPoint,
}

impl RecordedMetric {
    /// Takes what was exported later.
    pub(super) fn add(&mut self, later: MetricPoint, temporality: AggregationTemporality) {
        let before = std::mem::replace(&mut self.point, later);
        if temporality == AggregationTemporality::Delta {
            self.point.count = self.point.count.saturating_add(before.count);
            self.point.sum += before.sum;
        }
    }
}

impl fmt::Display for RecordedMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(f, "{}: ", printable(service))?;
        }
        self.point.fmt(f)
    }
}
