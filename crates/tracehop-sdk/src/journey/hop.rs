//! One message's way from a send to a handler.

use std::time::Duration;

use super::Journey;
use super::delivery::Delivery;
use super::duration::elapsed;

/// One message's way from a send to a handler: a pair of a send span and a process span.
///
/// The three phases are those of the two spans; what lies between them is the queue, as neither service sees more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// `messaging.destination.name` of the send span, else of the process span, else `(unknown)`.
    pub destination: String,
    /// The service that sent.
    pub producer: String,
    /// The service that processed.
    pub consumer: String,
    /// How long the send took, up to the broker's answer.
    pub send: Duration,
    /// From the end of the send to the start of the processing.
    ///
    /// Zero if the processing started earlier: the broker may answer the sender after it has delivered the message, and
    /// clocks of two machines may disagree. For a repeated attempt it includes the attempts before.
    pub queue: Duration,
    /// How long the processing took; for a batch, of the whole batch.
    pub process: Duration,
    /// Which time this is that the same message is processed by the same consumer: 1, 2, ...
    ///
    /// The same message means: the same send, message id, partition and offset, as far as the spans tell. The same
    /// consumer means: the same service and consumer group.
    pub attempt: u32,
    /// `error.type` of the processing, else of the send, or `None` if both succeeded; `_OTHER` if a span failed
    /// without saying why.
    pub error: Option<String>,
}

impl Hop {
    pub(super) fn of(journey: &Journey, delivery: &Delivery) -> Option<Self> {
        let (send, process) = (journey.at(delivery.send)?, journey.at(delivery.process)?);
        Some(Self {
            destination: send.destination().or(process.destination()).unwrap_or("(unknown)").to_owned(),
            producer: send.service().to_owned(),
            consumer: process.service().to_owned(),
            send: send.duration(),
            queue: elapsed(send.ended(), process.started()),
            process: process.duration(),
            attempt: delivery.attempt,
            error: process.error().or(send.error()).map(str::to_owned),
        })
    }
}
