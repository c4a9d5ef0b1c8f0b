//! A histogram, and the attributes under which it records.

#[cfg(feature = "metrics-bound")]
use std::sync::OnceLock;

use opentelemetry::KeyValue;
#[cfg(feature = "metrics-bound")]
use opentelemetry::metrics::BoundHistogram;
use opentelemetry::metrics::Histogram;

use super::instruments::Instruments;

/// A histogram, and the attributes under which it records.
pub(super) struct Recorder<T> {
    histogram: Histogram<T>,
    attributes: Vec<KeyValue>,
    /// `None`: it is told its attributes with each record.
    #[cfg(feature = "metrics-bound")]
    bound: Option<OnceLock<BoundHistogram<T>>>,
}

impl<T> Recorder<T>
where
    Histogram<T>: Clone,
{
    #[cfg_attr(
        not(feature = "metrics-bound"),
        expect(unused_variables, reason = "with the feature there is a choice")
    )]
    pub(super) fn new(
        histogram: &Histogram<T>,
        attributes: Vec<KeyValue>,
        instruments: &Instruments,
    ) -> Self {
        Self {
            histogram: histogram.clone(),
            attributes,
            // Made with the first record: the SDK shows a point for each that is bound, though nothing was recorded.
            #[cfg(feature = "metrics-bound")]
            bound: instruments.are_bound.then(OnceLock::new),
        }
    }

    #[inline]
    pub(super) fn record(&self, value: T) {
        #[cfg(feature = "metrics-bound")]
        if let Some(bound) = &self.bound {
            return bound.get_or_init(|| self.histogram.bind(&self.attributes)).record(value);
        }
        self.histogram.record(value, &self.attributes);
    }
}
