//! One message's way from a send to a handler, as lists and maps need it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::span_parts::SpanKey;

/// One message's way from a send to a handler: one try.
///
/// It is a [`Hop`](crate::Hop) with what lists, maps and percentiles need. Names are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct HopRecord {
    /// The span that gave the message to the broker.
    pub send: SpanKey,
    /// The span that ran the handler.
    pub process: SpanKey,
    /// `messaging.system`, or an empty text.
    pub system: Arc<str>,
    /// The service that sent.
    pub producer: Arc<str>,
    /// Where the message was sent, or `(unknown)`.
    pub destination: Arc<str>,
    /// The service that handled it.
    pub consumer: Arc<str>,
    /// The consumer group, if there is one.
    pub group: Option<Arc<str>>,
    /// The partition, if there is one.
    pub partition: Option<Arc<str>>,
    /// When the send ended, by the sender's clock.
    pub sent: SystemTime,
    /// How long the send took.
    pub sending: Duration,
    /// From the end of the send to the start of the handler. It is never negative: see `skew`.
    pub wait: Duration,
    /// By how much the handler ended before the send started: two clocks disagree at least by this. Zero if they may agree.
    pub skew: Duration,
    /// How long the handler ran.
    pub handling: Duration,
    /// How often the same consumer has now handled the same message: 1, 2, ...
    pub attempt: u32,
    /// `error.type` of the handler, or of the send if only that failed.
    pub error: Option<Arc<str>>,
    /// `error.type` of a failure that the handler's side took care of, for example by dead-lettering the message.
    pub handled_error: Option<Arc<str>>,
}

impl HopRecord {
    /// When its handler started. If clocks disagree it is when the message was sent.
    pub fn handled_at(&self) -> SystemTime {
        self.sent.checked_add(self.wait).unwrap_or(self.sent)
    }
}
