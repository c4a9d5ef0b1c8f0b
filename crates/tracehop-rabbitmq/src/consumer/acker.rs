//! Settlements of one message.

use std::fmt;
use std::sync::Arc;

use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::{Acker, BasicProperties, Result};
use tracehop::{MessageSpan, ProcessRecord};

use super::claim::Claim;
use super::queue_message::QueueMessage;
use super::queue_origin::QueueOrigin;
use crate::describe::{DeliveredMessage, Settled, SettledMessage};
use crate::settle;
use crate::settlement::Settlement;

/// lapin's [`Acker`] of a message, whose settlements make spans.
///
/// [`FromQueue`](crate::FromQueue) has it in the place of the message's own, and calls it itself: `order.ack(..)` and
/// `order.acker.ack(..)` are the same. It may be taken out of the message, with [`split`](crate::FromQueue::split) or
/// [`detached`](Self::detached), and be sent to another task, to settle the message later.
///
/// ```
/// # use lapin::message::Delivery;
/// # use lapin::options::BasicAckOptions;
/// # use tracehop_rabbitmq::{TracedAcker, TracedDelivery};
/// async fn handle_elsewhere(order: TracedDelivery) {
///     let (Delivery { data, .. }, acker) = order.into_inner().split();
///     std::thread::spawn(move || handle(data, acker));
/// }
/// # async fn handle(data: Vec<u8>, acker: TracedAcker) -> lapin::Result<bool> {
/// #     acker.ack(BasicAckOptions::default()).await
/// # }
/// ```
///
/// # Spans
///
/// `ack {destination}`, `nack {destination}` and `reject {destination}`, kind CLIENT. The parent is the span in which the message
/// was processed, although that may have ended; inside of the handler it is the current span. If the message was not processed
/// it is the current span, or else the message's creation context. If there is none of them, no span is created. Each span starts when the future is first
/// polled, and ends when the settlement has been handed to the connection, because RabbitMQ does not answer.
///
/// `Ok(false)` means that lapin sent nothing. If the channel is gone, the span fails with `not_settled`, because the broker
/// will deliver the message again. If the message was settled before, the span does not fail, and has an event
/// `tracehop.already_settled`.
pub struct TracedAcker<M = Delivery> {
    pub(super) message: M,
    pub(super) origin: Arc<QueueOrigin>,
    /// The span in which the message was processed.
    pub(super) process: ProcessRecord,
    pub(super) claim: Claim,
}

impl<M: QueueMessage> TracedAcker<M> {
    /// [`Acker::ack`].
    ///
    /// # Errors
    ///
    /// As for [`Acker::ack`].
    pub async fn ack(&self, options: BasicAckOptions) -> Result<bool> {
        self.settle(Settlement::ack(options), self.inner().ack(options)).await
    }

    /// [`Acker::nack`].
    ///
    /// # Errors
    ///
    /// As for [`Acker::nack`].
    pub async fn nack(&self, options: BasicNackOptions) -> Result<bool> {
        self.settle(Settlement::nack(options), self.inner().nack(options)).await
    }

    /// [`Acker::reject`].
    ///
    /// # Errors
    ///
    /// As for [`Acker::reject`].
    pub async fn reject(&self, options: BasicRejectOptions) -> Result<bool> {
        self.settle(Settlement::reject(options), self.inner().reject(options)).await
    }

    /// [`Acker::poisoned`].
    pub fn poisoned(&self) -> bool {
        self.inner().poisoned()
    }

    /// [`Acker::usable`]. It is also `false` if [`ack_all`](crate::ack_all) settled the message with others.
    pub fn usable(&self) -> bool {
        !self.claim.is_taken() && self.inner().usable()
    }

    /// The client's own acker, whose settlements make no spans. It does not know what [`ack_all`](crate::ack_all) settled with other
    /// messages.
    pub fn inner(&self) -> &Acker {
        &self.message.delivery().acker
    }

    /// The same acker without the message's payload, as lapin's `acker.clone()`: whichever of the two is used first settles the
    /// message, and the other one then sends nothing.
    ///
    /// ```
    /// # use lapin::options::BasicAckOptions;
    /// # use tracehop_rabbitmq::TracedDelivery;
    /// # async fn handle(order: &TracedDelivery) -> lapin::Result<()> { Ok(()) }
    /// async fn handle_and_settle_elsewhere(order: TracedDelivery) -> lapin::Result<()> {
    ///     order.process(handle(&order)).await?;
    ///     let acker = order.acker.detached();
    ///     tokio::spawn(async move { acker.ack(BasicAckOptions::default()).await });
    ///     Ok(())
    /// }
    /// ```
    pub fn detached(&self) -> TracedAcker {
        let Delivery { delivery_tag, exchange, routing_key, redelivered, properties, acker, .. } =
            self.message.delivery();
        let message = Delivery {
            delivery_tag: *delivery_tag,
            exchange: exchange.clone(),
            routing_key: routing_key.clone(),
            redelivered: *redelivered,
            properties: identity(properties),
            data: Vec::new(),
            acker: acker.clone(),
        };
        let (origin, process) = (Arc::clone(&self.origin), self.process.clone());
        TracedAcker { message, origin, process, claim: self.claim.share() }
    }

    /// Whether the message was settled before. If its channel is gone it was not.
    pub(super) fn is_settled(&self) -> bool {
        self.claim.is_taken() || !(self.inner().usable() || self.inner().poisoned())
    }

    pub(super) fn delivery_tag(&self) -> u64 {
        self.message.delivery().delivery_tag
    }

    pub(super) fn delivered(&self) -> DeliveredMessage<'_> {
        let QueueOrigin { queue, templates, .. } = &*self.origin;
        DeliveredMessage::new(self.message.delivery(), queue.as_str(), Some(templates))
    }

    fn start(&self, settlement: Settlement) -> MessageSpan {
        let client = &self.origin.client;
        let creation = || client.tracer().propagator().extract(&self.message.carrier()).creation;
        let (message, delivery_tag) = (Settled::Delivery(self.delivered()), self.delivery_tag());
        let message = SettledMessage { message, delivery_tag, settlement };
        client.settle_recorded(settlement.name, &message, Some(&self.process), creation)
    }

    async fn settle(
        &self,
        settlement: Settlement,
        settled: impl Future<Output = Result<bool>>,
    ) -> Result<bool> {
        let span = self.start(settlement);
        let result = if self.claim.take() { settled.await } else { Ok(false) };
        settle::finish(span, self.inner(), &result);
        result
    }
}

/// What the span of a settlement shows of a message's properties, and the headers, of which its parent is read.
fn identity(properties: &BasicProperties) -> BasicProperties {
    let mut identity = BasicProperties::default();
    if let Some(headers) = properties.headers() {
        identity = identity.with_headers(headers.clone());
    }
    if let Some(id) = properties.message_id() {
        identity = identity.with_message_id(id.clone());
    }
    if let Some(id) = properties.correlation_id() {
        identity = identity.with_correlation_id(id.clone());
    }
    identity
}

impl<M: QueueMessage> fmt::Debug for TracedAcker<M> {
    /// Leaves the client's message out, because it prints payload and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedAcker")
            .field("queue", &self.origin.queue.as_str())
            .field("delivery_tag", &self.message.delivery().delivery_tag)
            .finish_non_exhaustive()
    }
}
