//! Messages that were got.

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, OwnedMessage};
use tracehop::{Destination, Failure, ReceiveClock, Received};

use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A Kafka message with the context it carried, still borrowed from its consumer.
pub type TracedMessage<'a> = Received<BorrowedMessage<'a>, Kafka>;

/// A Kafka message with the context it carried, for another task or thread: what [`detach`](Received::detach) makes of a
/// [`TracedMessage`].
pub type TracedOwnedMessage = Received<OwnedMessage, Kafka>;

impl KafkaTracer {
    /// Reads the context of a message that a consumer got, or tells that it got an error. `clock` is of when the caller asked.
    #[inline]
    pub(super) fn got<'a, C: ClientContext>(
        &self,
        client: &Client<C>,
        got: KafkaResult<BorrowedMessage<'a>>,
        clock: ReceiveClock,
    ) -> KafkaResult<TracedMessage<'a>> {
        match got {
            Ok(message) => {
                self.find_cluster_id(client);
                Ok(self.client.received_since(message, clock))
            }
            Err(error) => {
                self.client.receive_failed(&Destination::none(), Failure::of(&error), clock);
                Err(error)
            }
        }
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
