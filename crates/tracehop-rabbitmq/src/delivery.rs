//! Messages from a queue, which are settled as spans.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use lapin::Result;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::types::ShortString;
use tracehop::{Carrier, ClientTracer, Inbound, MessageInfo, Received};

use crate::settle::{self, Settlement};
use crate::{RabbitMq, describe};

/// A delivery with the context it carried. It derefs to lapin's [`Delivery`], through [`FromQueue`], which settles it.
pub type TracedDelivery = Received<FromQueue<Delivery>, RabbitMq>;

/// The answer to a `basic_get` with the context it carried. It derefs to lapin's [`BasicGetMessage`], through
/// [`FromQueue`], which settles it.
pub type TracedBasicGetMessage = Received<FromQueue<BasicGetMessage>, RabbitMq>;

/// A message of lapin's, and the queue it came from. Its settlements are spans.
///
/// It has the methods of lapin's [`Acker`](lapin::Acker) and derefs to the message, so a
/// [`TracedDelivery`](crate::TracedDelivery) is used as lapin's [`Delivery`] is. The message's own `acker` makes no spans.
///
/// # Spans
///
/// `ack {destination}`, `nack {destination}` and `reject {destination}`, kind CLIENT. The parent is the current span,
/// else the message's creation context; with neither there is no span. Each starts when its future is first polled, and
/// ends when the settlement was handed to the connection: RabbitMQ does not answer.
///
/// `Ok(false)` means that lapin sent nothing. If the channel is gone the span says `not_settled`, for the broker will
/// deliver the message again. If the message was settled before that is no failure: an event `tracehop.already_settled`
/// says so.
pub struct FromQueue<M = Delivery> {
    message: M,
    source: Arc<Source>,
}

impl<M> FromQueue<M> {
    /// A message that was got without a wrapper, or made for a test.
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
        Self { message, source: Source::new(client.clone(), queue) }
    }

    /// The name of the queue, as the consumer asked for it.
    pub fn queue(&self) -> &str {
        self.source.queue.as_str()
    }

    /// The client's message back.
    pub fn into_inner(self) -> M {
        self.message
    }
}

impl<M: QueueMessage> FromQueue<M> {
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
        let client = &self.source.client;
        let creation = || client.tracer().propagator().extract(&self.message.headers()).creation;
        let info = describe::settled(delivery, self.queue(), settlement);
        let span = client.settle(settlement.name, &info, creation);
        let result = settled.await;
        settle::conclude(span, &delivery.acker, &result);
        result
    }
}

/// lapin's messages that come from a queue: [`Delivery`] and [`BasicGetMessage`].
pub trait QueueMessage: Inbound<RabbitMq> + sealed::Sealed {
    /// The delivery that the message is, or holds.
    fn delivery(&self) -> &Delivery;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Delivery {}
    impl Sealed for super::BasicGetMessage {}
}

impl QueueMessage for Delivery {
    fn delivery(&self) -> &Delivery {
        self
    }
}

impl QueueMessage for BasicGetMessage {
    fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}

impl<M: QueueMessage> Inbound<RabbitMq> for FromQueue<M> {
    fn info(&self) -> MessageInfo<'_> {
        describe::delivered(self.message.delivery(), self.queue())
    }

    fn headers(&self) -> impl Carrier + '_ {
        self.message.headers()
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
    /// Leaves the client's message out: it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromQueue")
            .field("queue", &self.queue())
            .field("delivery_tag", &self.message.delivery().delivery_tag)
            .finish_non_exhaustive()
    }
}

/// A queue, and the client that reads from it.
#[derive(Debug)]
pub(crate) struct Source {
    client: ClientTracer<RabbitMq>,
    queue: ShortString,
}

impl Source {
    pub(crate) fn new(client: ClientTracer<RabbitMq>, queue: ShortString) -> Arc<Self> {
        Arc::new(Self { client, queue })
    }

    /// Reads the context of a message that came from here.
    pub(crate) fn received<M: QueueMessage>(
        self: &Arc<Self>,
        message: M,
    ) -> Received<FromQueue<M>, RabbitMq> {
        self.client.received(FromQueue { message, source: Arc::clone(self) })
    }
}
