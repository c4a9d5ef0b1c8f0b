//! One message's way from a send to a handler.

use std::time::Duration;

use crate::duration::elapsed;
use crate::handover::Handover;
use crate::journey::Journey;
use crate::names::UNKNOWN;

/// One message's way from a send to a handler: a pair of a send span and a process span.
///
/// Two of the three phases are the spans themselves. The time between them counts as the queue, because neither service
/// sees more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// `messaging.destination.name` of the send span, or of the process span if the send span has none, or `(unknown)`.
    pub destination: String,
    /// The service that sent.
    pub producer: String,
    /// The service that processed.
    pub consumer: String,
    /// How long the send took, up to the broker's answer.
    pub send: Duration,
    /// From the end of the send to the start of the processing.
    ///
    /// It is zero if the processing started before the send ended: the broker may answer the sender after it has
    /// delivered the message, and the clocks of two machines may disagree. For a repeated attempt it includes the earlier
    /// attempts.
    pub queue: Duration,
    /// How long the processing took. For a batch, it is the time of the whole batch.
    pub process: Duration,
    /// How often the same consumer has now processed the same message, this time included: 1, 2, ...
    ///
    /// The same message means: the same send, message id, partition and offset, as far as the spans tell. The same
    /// consumer means: the same service and consumer group.
    pub attempt: u32,
    /// `error.type` of the processing, or of the send if only that failed, or `None` if both succeeded. It is `_OTHER` if a
    /// span failed and does not say why.
    pub error: Option<String>,
}

impl Journey {
    /// The hops, in the order their processing started: one for each pair of a send span and a process span.
    ///
    /// A process span has its message's creation context as its parent, as a link, or as both. The context belongs to
    /// the send itself, or to a create span or another span that the send links to. If there are several such sends, the
    /// hop takes the one with the same message, then one with the same destination, then the latest that started before
    /// the processing. A process span of a batch has a hop for each message. A send has no hop if the processing of its
    /// message was not recorded.
    pub fn hops(&self) -> Vec<Hop> {
        self.handovers.values().flatten().filter_map(|handover| Hop::of(self, handover)).collect()
    }
}

impl Hop {
    fn of(journey: &Journey, handover: &Handover) -> Option<Self> {
        let (send, process) = (journey.at(handover.send)?, journey.at(handover.process)?);
        Some(Self {
            destination: send.destination().or(process.destination()).unwrap_or(UNKNOWN).to_owned(),
            producer: send.service().to_owned(),
            consumer: process.service().to_owned(),
            send: send.duration(),
            queue: elapsed(send.ended(), process.started()),
            process: process.duration(),
            attempt: handover.attempt,
            error: process.error().or(send.error()).map(str::to_owned),
        })
    }
}
