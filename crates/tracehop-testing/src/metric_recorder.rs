//! A meter provider whose points a test can look at.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Gauge, Histogram, Metric, MetricData, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use tracehop::MessagingMetrics;

/// A meter provider of a test's own, and every point that it would export. It is cheap to clone, and clones share the points.
///
/// ```
/// use opentelemetry::metrics::MeterProvider;
/// use tracehop_testing::MetricRecorder;
///
/// let metrics = MetricRecorder::new();
/// metrics.provider().meter("test").u64_counter("letters").with_unit("{letter}").build().add(2, &[]);
/// assert_eq!(metrics.lines(), ["letters {letter} counter [] 2"]);
/// ```
#[derive(Clone)]
pub struct MetricRecorder {
    provider: SdkMeterProvider,
    last: Arc<Mutex<Vec<MetricPoint>>>,
}

/// One series of one instrument, as it was when it was looked at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MetricPoint {
    /// The instrument's name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Sorted by key.
    pub attributes: Vec<(String, String)>,
    /// The bounds of a histogram's buckets.
    pub bounds: Vec<f64>,
    /// What a counter or a gauge shows, or how often a histogram was recorded.
    pub count: u64,
    /// The sum of what a histogram recorded.
    pub sum: f64,
}

impl Default for MetricRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl MetricRecorder {
    /// A recorder that has no points yet.
    pub fn new() -> Self {
        let last = Arc::<Mutex<_>>::default();
        let exporter = Exporter(Arc::clone(&last));
        // It exports when a test looks, and not by itself.
        let reader = PeriodicReader::builder(exporter).with_interval(Duration::from_secs(3600)).build();
        Self { provider: SdkMeterProvider::builder().with_reader(reader).build(), last }
    }

    /// The SDK's provider.
    pub fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// Metrics of messaging that are recorded here, for [`MessagingTracerBuilder::metrics`](tracehop::MessagingTracerBuilder::metrics).
    pub fn messaging(&self) -> MessagingMetrics {
        MessagingMetrics::of(&self.provider)
    }

    /// All points as of now, sorted by name and attributes.
    ///
    /// # Panics
    ///
    /// Panics if the provider was shut down.
    pub fn points(&self) -> Vec<MetricPoint> {
        let flushed = self.provider.force_flush();
        assert!(flushed.is_ok(), "the provider cannot be flushed: {flushed:?}");
        let mut points = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        points.sort_by(|one, other| (&one.name, &one.attributes).cmp(&(&other.name, &other.attributes)));
        points
    }

    /// [`points`](Self::points), each as a line: name, unit, kind, attributes and count.
    ///
    /// # Panics
    ///
    /// As for `points`.
    pub fn lines(&self) -> Vec<String> {
        self.points().iter().map(MetricPoint::to_string).collect()
    }
}

impl fmt::Display for MetricPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, kind, attributes, count, .. } = self;
        let attributes: Vec<String> =
            attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        write!(f, "{name} {unit} {kind} [{}] {count}", attributes.join(", "))
    }
}

impl fmt::Debug for MetricRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricRecorder").finish_non_exhaustive()
    }
}

struct Exporter(Arc<Mutex<Vec<MetricPoint>>>);

impl PushMetricExporter for Exporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let all = metrics.scope_metrics().flat_map(ScopeMetrics::metrics);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all.flat_map(points).collect();
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn points(metric: &Metric) -> Vec<MetricPoint> {
    match metric.data() {
        AggregatedMetrics::F64(data) => points_of(metric, data),
        AggregatedMetrics::U64(data) => points_of(metric, data),
        AggregatedMetrics::I64(data) => points_of(metric, data),
    }
}

fn points_of<T: Number>(metric: &Metric, data: &MetricData<T>) -> Vec<MetricPoint> {
    match data {
        MetricData::Gauge(gauge) => of_gauge(metric, gauge),
        MetricData::Sum(sum) => of_sum(metric, sum),
        MetricData::Histogram(histogram) => of_histogram(metric, histogram),
        MetricData::ExponentialHistogram(_) => Vec::new(),
    }
}

fn of_gauge<T: Number>(metric: &Metric, gauge: &Gauge<T>) -> Vec<MetricPoint> {
    let point =
        |attributes, value: T| MetricPoint { count: value.count(), ..point(metric, "gauge", attributes) };
    gauge.data_points().map(|each| point(sorted(each.attributes()), each.value())).collect()
}

fn of_sum<T: Number>(metric: &Metric, sum: &Sum<T>) -> Vec<MetricPoint> {
    let point =
        |attributes, value: T| MetricPoint { count: value.count(), ..point(metric, "counter", attributes) };
    sum.data_points().map(|each| point(sorted(each.attributes()), each.value())).collect()
}

fn of_histogram<T: Number>(metric: &Metric, histogram: &Histogram<T>) -> Vec<MetricPoint> {
    let points = histogram.data_points().map(|each| MetricPoint {
        bounds: each.bounds().collect(),
        count: each.count(),
        sum: each.sum().sum(),
        ..point(metric, "histogram", sorted(each.attributes()))
    });
    points.collect()
}

fn point(metric: &Metric, kind: &'static str, attributes: Vec<(String, String)>) -> MetricPoint {
    let (name, unit) = (metric.name().to_owned(), metric.unit().to_owned());
    MetricPoint { name, unit, kind, attributes, bounds: Vec::new(), count: 0, sum: 0.0 }
}

fn sorted<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Vec<(String, String)> {
    let mut list: Vec<_> =
        attributes.map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect();
    list.sort();
    list
}

/// A number of any kind that a meter has.
trait Number: Copy {
    /// As a whole number.
    fn count(self) -> u64;
    fn sum(self) -> f64;
}

impl Number for u64 {
    fn count(self) -> u64 {
        self
    }

    #[expect(clippy::cast_precision_loss, reason = "tests sum up small numbers")]
    fn sum(self) -> f64 {
        self as f64
    }
}

impl Number for i64 {
    fn count(self) -> u64 {
        self.unsigned_abs()
    }

    #[expect(clippy::cast_precision_loss, reason = "tests sum up small numbers")]
    fn sum(self) -> f64 {
        self as f64
    }
}

impl Number for f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tests count small numbers")]
    fn count(self) -> u64 {
        self as u64
    }

    fn sum(self) -> f64 {
        self
    }
}
