//! The time that a message was in the queue.

use std::time::{Duration, SystemTime};

use crate::duration::elapsed;
use crate::span::JourneySpan;

/// The time that a message was in the queue, and what the clocks say about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    /// When the send ended, or when the processing started if that was earlier: the broker may have answered the sender late.
    pub(crate) start: SystemTime,
    /// It is never negative.
    pub(crate) took: Duration,
    /// By how much the processing ended before the send started: the clocks disagree at least by this.
    pub(crate) skew: Duration,
}

impl Wait {
    pub(crate) fn between(send: &JourneySpan, process: &JourneySpan) -> Self {
        let start = send.ended().min(process.started());
        Self {
            start,
            took: elapsed(start, process.started()),
            skew: elapsed(process.ended(), send.started()),
        }
    }
}
