//! Messages that were got.

use rdkafka::client::{Client, ClientContext};
use rdkafka::message::{BorrowedMessage, OwnedMessage};
use tracehop::{ReceiveClock, Received};

use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A Kafka message with the context it carried, still borrowed from its consumer.
pub type TracedMessage<'a> = Received<BorrowedMessage<'a>, Kafka>;

/// A Kafka message with the context it carried, for another task or thread: what [`detach`](Received::detach) makes of a
/// [`TracedMessage`].
pub type TracedOwnedMessage = Received<OwnedMessage, Kafka>;

impl KafkaTracer {
    /// Reads the context of a message that a consumer got. `clock` is of when the caller asked for it.
    #[inline]
    pub(super) fn received_since<'a, C: ClientContext>(
        &self,
        client: &Client<C>,
        message: BorrowedMessage<'a>,
        clock: ReceiveClock,
    ) -> TracedMessage<'a> {
        self.find_cluster_id(client);
        self.client.received_since(message, clock)
    }

    /// Reads the context of a message that librdkafka fetched ahead, so that there is no span for getting it.
    #[inline]
    pub(super) fn received<'a, C: ClientContext>(
        &self,
        client: &Client<C>,
        message: BorrowedMessage<'a>,
    ) -> TracedMessage<'a> {
        self.find_cluster_id(client);
        self.client.received(message)
    }
}
