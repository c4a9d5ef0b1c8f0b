//! What stands in the place of metrics while the feature `metrics` is off: nothing is there, and the compiler knows it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::Value;

use super::{Failed, RouteFacts};
use crate::propagation::{Problems, PropagationOutcome};

#[derive(Debug, Default)]
pub(crate) struct Metrics;

pub(crate) struct Series(Infallible);

pub(crate) struct Metered(Infallible);

#[expect(clippy::unused_self, reason = "as with the feature")]
impl Metrics {
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn series(&self, _: &RouteFacts<'_>) -> Option<Arc<Series>> {
        None
    }

    #[inline]
    pub(crate) fn follow(&self, _: SystemTime) {}
}

impl Series {
    #[inline]
    pub(crate) fn asks_for_partitions(&self) -> bool {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn of_partition(self: &Arc<Self>, _: &Value) -> Arc<Self> {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn propagated(&self, _: PropagationOutcome, _: Problems) {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn consumed(&self) {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn asks_for_queue_times(&self) -> bool {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn queued(&self, _: Option<SystemTime>, _: SystemTime, _: Option<u64>) {
        match self.0 {}
    }
}

impl Metered {
    #[inline]
    pub(crate) fn start(series: &Arc<Series>, _: SystemTime) -> Self {
        match series.0 {}
    }

    #[inline]
    pub(crate) fn set_message_count(&mut self, _: usize) {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn count_only(&mut self) {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn set_partition(&mut self, _: impl FnOnce() -> Value) {
        match self.0 {}
    }

    #[inline]
    pub(crate) fn end(self, _: SystemTime, _: Option<&Failed>) {
        match self.0 {}
    }
}
