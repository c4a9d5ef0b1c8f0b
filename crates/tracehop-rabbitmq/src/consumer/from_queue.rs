//! Messages from a queue, whose settlements make spans.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lapin::Result;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::types::ShortString;
use tracehop::{Carrier, ClientTracer, Describe, Inbound, ProcessRecord, Received, Templates};

use super::acker::TracedAcker;
use super::claim::Claim;
use super::queue_message::QueueMessage;
use super::queue_message::sealed::Sealed;
use super::queue_origin::QueueOrigin;
use crate::RabbitMq;

/// A delivery with the context it carried. It derefs to lapin's [`Delivery`], through [`FromQueue`], which settles it.
pub type TracedDelivery = Received<FromQueue<Delivery>, RabbitMq>;

/// The answer to a `basic_get` with the context it carried. It derefs to lapin's [`BasicGetMessage`], through
/// [`FromQueue`], which settles it.
pub type TracedBasicGetMessage = Received<FromQueue<BasicGetMessage>, RabbitMq>;

/// A message of lapin's, and the queue it came from. Its settlements make spans.
///
/// It has the methods of lapin's [`Acker`](lapin::Acker) and derefs to the message, so that a [`TracedDelivery`] is used as
/// lapin's [`Delivery`] is. Its field `acker` stands before the message's own, so that what is written for lapin is traced:
///
/// ```
/// # use lapin::options::BasicAckOptions;
/// # use tracehop_rabbitmq::{TracedAcker, TracedBasicGetMessage, TracedDelivery};
/// # async fn f(order: TracedDelivery, got: TracedBasicGetMessage) -> lapin::Result<()> {
/// let acker: &TracedAcker = &order.acker;
/// acker.ack(BasicAckOptions::default()).await?;
/// got.acker.ack(BasicAckOptions::default()).await?;
/// # Ok(())
/// # }
/// ```
///
/// The spans are described at [`TracedAcker`]. What is given the client's own message makes none: a function that takes a
/// `&Delivery`, [`into_inner`](Self::into_inner), and the field `delivery` of a [`BasicGetMessage`].
pub struct FromQueue<M = Delivery> {
    /// Settles the message. It holds the message too, so that it may be taken out of this.
    pub acker: TracedAcker<M>,
}

impl<M> FromQueue<M> {
    /// Wraps a message that no wrapper got, or that was made for a test.
    ///
    /// ```
    /// use lapin::message::Delivery;
    /// use tracehop::{ClientFacts, ClientTracer};
    /// use tracehop_rabbitmq::{FromQueue, MessagingTracer, RabbitMq};
    ///
    /// let client = ClientTracer::<RabbitMq>::new(&MessagingTracer::global(), ClientFacts::default());
    /// let delivery = Delivery::mock(1, "".into(), "orders".into(), false, b"{}".to_vec());
    /// let order = client.received(FromQueue::new(delivery, "orders".into(), &client));
    /// assert_eq!((order.queue(), order.data.as_slice()), ("orders", &b"{}"[..]));
    /// ```
    pub fn new(message: M, queue: ShortString, client: &ClientTracer<RabbitMq>) -> Self {
        Self::of(message, &QueueOrigin::new(client.clone(), queue, Templates::default()))
    }

    /// The same message with patterns for its routing key, as
    /// [`TracedConsumer::with_templates`](crate::TracedConsumer::with_templates) has them.
    #[must_use]
    pub fn with_templates(self, templates: Templates) -> Self {
        let TracedAcker { message, origin, .. } = self.acker;
        Self::of(message, &QueueOrigin::new(origin.client.clone(), origin.queue.clone(), templates))
    }

    fn of(message: M, origin: &Arc<QueueOrigin>) -> Self {
        let (origin, process, claim) = (Arc::clone(origin), ProcessRecord::new(), Claim::default());
        Self { acker: TracedAcker { message, origin, process, claim } }
    }

    /// The name of the queue, as the consumer asked for it.
    pub fn queue(&self) -> &str {
        self.acker.origin.queue.as_str()
    }

    /// The client's message back. Its settlements make no spans.
    pub fn into_inner(self) -> M {
        self.acker.message
    }
}

impl<M: QueueMessage> FromQueue<M> {
    /// Reads the context of a message that came from `origin`.
    pub(super) fn received(message: M, origin: &Arc<QueueOrigin>) -> Received<Self, RabbitMq> {
        origin.client.received(Self::of(message, origin))
    }

    /// The client's message, and what settles it, for example in another task. The message's own acker makes no spans.
    ///
    /// ```
    /// # use tracehop_rabbitmq::TracedDelivery;
    /// # fn f(order: TracedDelivery) {
    /// let (delivery, acker) = order.into_inner().split();
    /// # }
    /// ```
    pub fn split(self) -> (M, TracedAcker) {
        let acker = self.acker.detached();
        (self.into_inner(), acker)
    }

    /// [`Acker::ack`](lapin::Acker::ack).
    ///
    /// # Errors
    ///
    /// As for [`Acker::ack`](lapin::Acker::ack).
    pub async fn ack(&self, options: BasicAckOptions) -> Result<bool> {
        self.acker.ack(options).await
    }

    /// [`Acker::nack`](lapin::Acker::nack).
    ///
    /// # Errors
    ///
    /// As for [`Acker::nack`](lapin::Acker::nack).
    pub async fn nack(&self, options: BasicNackOptions) -> Result<bool> {
        self.acker.nack(options).await
    }

    /// [`Acker::reject`](lapin::Acker::reject).
    ///
    /// # Errors
    ///
    /// As for [`Acker::reject`](lapin::Acker::reject).
    pub async fn reject(&self, options: BasicRejectOptions) -> Result<bool> {
        self.acker.reject(options).await
    }
}

impl<M: QueueMessage> Inbound<RabbitMq> for FromQueue<M> {
    fn info(&self) -> impl Describe + '_ {
        self.acker.delivered()
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.acker.message.carrier()
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.acker.message.sent_at()
    }

    fn sent_at_precision(&self) -> Duration {
        self.acker.message.sent_at_precision()
    }

    fn delivery_attempt(&self) -> Option<u64> {
        self.acker.message.delivery_attempt()
    }

    fn process_record(&self) -> Option<&ProcessRecord> {
        Some(&self.acker.process)
    }
}

impl<M: QueueMessage> QueueMessage for FromQueue<M> {
    fn delivery(&self) -> &Delivery {
        self.acker.message.delivery()
    }
}

impl<M: QueueMessage> Sealed for FromQueue<M> {}

impl<M> Deref for FromQueue<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.acker.message
    }
}

impl<M: QueueMessage> fmt::Debug for FromQueue<M> {
    /// Leaves the client's message out, because it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromQueue").field("acker", &self.acker).finish_non_exhaustive()
    }
}
