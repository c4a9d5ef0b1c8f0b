//! An operation in progress, as metrics see it.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::Value;

use super::series::Series;
use crate::observe::Failed;

/// An operation in progress, as metrics see it.
pub(crate) struct Metered {
    series: Arc<Series>,
    started: SystemTime,
    messages: u32,
    /// It is a part of another operation, which has the duration.
    is_part: bool,
}

impl Metered {
    #[inline]
    pub(crate) fn start(series: &Arc<Series>, started: SystemTime) -> Self {
        Self { series: Arc::clone(series), started, messages: 1, is_part: false }
    }

    pub(crate) fn set_message_count(&mut self, count: usize) {
        self.messages = u32::try_from(count).unwrap_or(u32::MAX);
    }

    /// Its messages are counted, but its duration is another operation's.
    pub(crate) fn count_only(&mut self) {
        self.is_part = true;
    }

    /// The partition that the broker chose.
    #[inline]
    pub(crate) fn set_partition(&mut self, partition: impl FnOnce() -> Value) {
        if self.series.asks_for_partitions() {
            self.series = self.series.of_partition(&partition());
        }
    }

    #[inline]
    pub(crate) fn end(self, ended: SystemTime, failed: Option<&Failed>) {
        let Self { series, started, messages, is_part } = self;
        if is_part {
            return series.sent(messages, failed);
        }
        let duration = ended.duration_since(started).unwrap_or_default();
        series.ended(duration, messages, failed);
    }
}
