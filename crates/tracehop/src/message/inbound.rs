//! Messages that were got from a broker.

use std::time::{Duration, SystemTime};

use super::{Describe, MessagingSystem};
use crate::carrier::Carrier;
use crate::context::ProcessRecord;

/// A message that was got from a broker, as core sees it.
///
/// Adapters implement it for their client's message types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message of `{S}` that an adapter describes",
    note = "give the client's own message, or implement `tracehop::Inbound` for yours"
)]
pub trait Inbound<S: MessagingSystem> {
    /// A view of the message for its spans. It should only borrow.
    fn info(&self) -> impl Describe + '_;

    /// The headers, to read the creation context from.
    fn carrier(&self) -> impl Carrier + '_;

    /// When the message was made or stored, if the system says so. It is only asked for if a
    /// [maximal age](crate::MessagingTracerBuilder::max_age) is set, for a
    /// [receive span](crate::MessagingTracerBuilder::receive_spans), or for metrics of the time in the queue.
    fn sent_at(&self) -> Option<SystemTime> {
        None
    }

    /// In what steps [`sent_at`](Self::sent_at) counts: the message was sent so much later at most.
    fn sent_at_precision(&self) -> Duration {
        Duration::ZERO
    }

    /// How many times the message was delivered, this time included, if the system says so. It is only asked for by metrics.
    fn delivery_attempt(&self) -> Option<u64> {
        None
    }

    /// Where the message remembers the span in which it was processed, if it settles itself: see [`ProcessRecord`]. It is given
    /// to [`ClientTracer::settle_recorded`](crate::ClientTracer::settle_recorded).
    fn process_record(&self) -> Option<&ProcessRecord> {
        None
    }
}
