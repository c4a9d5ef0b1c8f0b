//! What exporters have sent.

use std::collections::HashMap;
use std::fmt::Write as _;

use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;

use super::recorded_log::RecordedLog;
use super::recorded_metric::RecordedMetric;
use crate::printable::indented;
use crate::recorded_span::{Id, RecordedSpan};

/// So many refused requests are kept. An exporter may try the same again and again.
const MOST_REFUSED: usize = 1000;

/// What exporters have sent.
#[derive(Default)]
pub(super) struct Received {
    pub(super) spans: Vec<RecordedSpan>,
    /// Where the first span of these identifiers is.
    places: HashMap<Id, usize>,
    /// Spans that an exporter sent again, because it did not get the answer.
    again: usize,
    pub(super) metrics: Vec<RecordedMetric>,
    series: HashMap<String, usize>,
    pub(super) logs: Vec<RecordedLog>,
    pub(super) refused: Vec<String>,
    /// Requests that have begun, and those of them that have ended.
    pub(super) begun: usize,
    pub(super) ended: usize,
}

impl Received {
    pub(super) fn add_span(&mut self, span: RecordedSpan) {
        let place = self.places.entry(span.id()).or_insert(self.spans.len());
        // Other spans of the same identifiers are a fault, which a test should see.
        if self.spans.get(*place) == Some(&span) {
            self.again += 1;
        } else {
            self.spans.push(span);
        }
    }

    /// `source` tells two services of one name apart.
    pub(super) fn add_metric(
        &mut self,
        source: &str,
        metric: RecordedMetric,
        temporality: AggregationTemporality,
    ) {
        let point = &metric.point;
        let series = format!("{source} {} {} {:?}", point.name, point.kind, point.attributes);
        let place = *self.series.entry(series).or_insert(self.metrics.len());
        match self.metrics.get_mut(place) {
            Some(known) => known.add(metric.point, temporality),
            None => self.metrics.push(metric),
        }
    }

    pub(super) fn refuse(&mut self, why: String) {
        if self.refused.len() < MOST_REFUSED {
            self.refused.push(why);
        }
    }

    /// Forgets all but the requests that are under way.
    pub(super) fn clear(&mut self) {
        let (begun, ended) = (self.begun, self.ended);
        *self = Self { begun, ended, ..Self::default() };
    }

    /// Requests that have begun and not ended.
    pub(super) fn under_way(&self) -> usize {
        self.begun.saturating_sub(self.ended)
    }

    /// What else there is, for the messages of failures.
    pub(super) fn note(&self, endpoint: &str) -> String {
        let mut note = String::new();
        if self.begun == 0 && self.refused.is_empty() {
            let _ = writeln!(note, "no exporter has sent anything to {endpoint}");
        }
        for (what, count) in [
            ("points of metrics", self.metrics.len()),
            ("records of logs", self.logs.len()),
            ("spans that arrived again", self.again),
            ("requests that have begun and not ended", self.under_way()),
        ] {
            if count > 0 {
                let _ = writeln!(note, "{what}: {count}");
            }
        }
        if !self.refused.is_empty() {
            let _ = write!(note, "refused: {}\n{}", self.refused.len(), indented(&self.refused));
        }
        note
    }
}
