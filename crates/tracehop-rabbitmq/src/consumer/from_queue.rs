//! Messages from a queue, whose settlements make spans.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use lapin::Result;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::types::ShortString;
use tracehop::{Carrier, ClientTracer, Describe, Inbound, Received};

use super::queue_message::QueueMessage;
use super::queue_origin::QueueOrigin;
use crate::describe::{DeliveredMessage, SettledMessage};
use crate::settlement::Settlement;
use crate::{RabbitMq, settle};

/// A delivery with the context it carried. It derefs to lapin's [`Delivery`], through [`FromQueue`], which settles it.
pub type TracedDelivery = Received<FromQueue<Delivery>, RabbitMq>;

/// The answer to a `basic_get` with the context it carried. It derefs to lapin's [`BasicGetMessage`], through
/// [`FromQueue`], which settles it.
pub type TracedBasicGetMessage = Received<FromQueue<BasicGetMessage>, RabbitMq>;

/// A message of lapin's, and the queue it came from. Its settlements make spans.
///
/// It has the methods of lapin's [`Acker`](lapin::Acker) and derefs to the message, so that a [`TracedDelivery`] is used as
/// lapin's [`Delivery`] is. The message's own `acker` makes no spans.
///
/// # Spans
///
/// `ack {destination}`, `nack {destination}` and `reject {destination}`, kind CLIENT. The parent is the current span, or
/// else the message's creation context. If there is neither, no span is created. Each span starts when the future is first
/// polled, and ends when the settlement has been handed to the connection, because RabbitMQ does not answer.
///
/// `Ok(false)` means that lapin sent nothing. If the channel is gone, the span fails with `not_settled`, because the broker
/// will deliver the message again. If the message was settled before, the span does not fail, and has an event
/// `tracehop.already_settled`.
pub struct FromQueue<M = Delivery> {
    message: M,
    origin: Arc<QueueOrigin>,
}

impl<M> FromQueue<M> {
    /// Wraps a message that no wrapper got, or that was made for a test.
    ///
    /// ```
    /// use lapin::message::Delivery;
    /// use tracehop::{ClientFacts, ClientTracer};
    /// use tracehop_rabbitmq::{FromQueue, MessagingTracer, TracedDelivery};
    ///
    /// let client = ClientTracer::new(&MessagingTracer::global(), ClientFacts::default());
    /// let delivery = Delivery::mock(1, "".into(), "orders".into(), false, b"{}".to_vec());
    /// let order: TracedDelivery = client.received(FromQueue::new(delivery, "orders".into(), &client));
    /// assert_eq!((order.queue(), order.data.as_slice()), ("orders", &b"{}"[..]));
    /// ```
    pub fn new(message: M, queue: ShortString, client: &ClientTracer<RabbitMq>) -> Self {
        Self { message, origin: QueueOrigin::new(client.clone(), queue) }
    }

    /// The name of the queue, as the consumer asked for it.
    pub fn queue(&self) -> &str {
        self.origin.queue.as_str()
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.message
    }
}

impl<M: QueueMessage> FromQueue<M> {
    /// Reads the context of a message that came from `origin`.
    pub(super) fn received(message: M, origin: &Arc<QueueOrigin>) -> Received<Self, RabbitMq> {
        origin.client.received(Self { message, origin: Arc::clone(origin) })
    }

    /// [`Acker::ack`](lapin::Acker::ack).
    ///
    /// # Errors
    ///
    /// As for [`Acker::ack`](lapin::Acker::ack).
    pub async fn ack(&self, options: BasicAckOptions) -> Result<bool> {
        self.settle(Settlement::ack(options), self.message.delivery().acker.ack(options)).await
    }

    /// [`Acker::nack`](lapin::Acker::nack).
    ///
    /// # Errors
    ///
    /// As for [`Acker::nack`](lapin::Acker::nack).
    pub async fn nack(&self, options: BasicNackOptions) -> Result<bool> {
        self.settle(Settlement::nack(options), self.message.delivery().acker.nack(options)).await
    }

    /// [`Acker::reject`](lapin::Acker::reject).
    ///
    /// # Errors
    ///
    /// As for [`Acker::reject`](lapin::Acker::reject).
    pub async fn reject(&self, options: BasicRejectOptions) -> Result<bool> {
        self.settle(Settlement::reject(options), self.message.delivery().acker.reject(options)).await
    }

    async fn settle(
        &self,
        settlement: Settlement,
        settled: impl Future<Output = Result<bool>>,
    ) -> Result<bool> {
        let delivery = self.message.delivery();
        let client = &self.origin.client;
        let creation = || client.tracer().propagator().extract(&self.message.carrier()).creation;
        let delivered = Some(DeliveredMessage { delivery, queue: self.queue() });
        let message = SettledMessage { delivered, delivery_tag: delivery.delivery_tag, settlement };
        let span = client.settle(settlement.name, &message, creation);
        let result = settled.await;
        settle::finish(span, &delivery.acker, &result);
        result
    }
}

impl<M: QueueMessage> Inbound<RabbitMq> for FromQueue<M> {
    fn info(&self) -> impl Describe + '_ {
        DeliveredMessage { delivery: self.message.delivery(), queue: self.queue() }
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.message.carrier()
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.message.sent_at()
    }
}

impl<M> Deref for FromQueue<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

impl<M: QueueMessage> fmt::Debug for FromQueue<M> {
    /// Leaves the client's message out, because it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromQueue")
            .field("queue", &self.queue())
            .field("delivery_tag", &self.message.delivery().delivery_tag)
            .finish_non_exhaustive()
    }
}
