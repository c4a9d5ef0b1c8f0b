//! The stream of a consumer's messages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use rdkafka::client::Client;
use rdkafka::consumer::{ConsumerContext, MessageStream};
use rdkafka::error::KafkaResult;
use tracehop::{IntoTraced, MessagingTracer};

use super::TracedMessage;
use crate::Kafka;
use crate::tracer::KafkaTracer;

/// A [`MessageStream`] that yields each message with the context it carried. It never ends.
///
/// Nothing is attached to the task that polls it, and there is no span until a message is processed. It is as
/// cancel-safe as the client's stream.
pub struct TracedMessageStream<'a, C: ConsumerContext + 'static> {
    stream: MessageStream<'a, C>,
    client: &'a Client<C>,
    tracer: KafkaTracer,
}

impl<'a, C: ConsumerContext + 'static> TracedMessageStream<'a, C> {
    pub(super) fn new(stream: MessageStream<'a, C>, client: &'a Client<C>, tracer: &KafkaTracer) -> Self {
        Self { stream, client, tracer: tracer.clone() }
    }

    /// The client's stream back.
    pub fn into_inner(self) -> MessageStream<'a, C> {
        self.stream
    }
}

impl<C: ConsumerContext + 'static> IntoTraced<Kafka> for TracedMessageStream<'_, C> {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: self.tracer.with_tracer(tracer), ..self }
    }
}

impl<'a, C: ConsumerContext + 'static> Stream for TracedMessageStream<'a, C> {
    type Item = KafkaResult<TracedMessage<'a>>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(task);
        polled.map_ok(|message| self.tracer.received(self.client, message))
    }
}

impl<C: ConsumerContext + 'static> fmt::Debug for TracedMessageStream<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedMessageStream").finish_non_exhaustive()
    }
}
