//! The payments service: a consumer of the queue of orders, which comes by retries too.

use std::pin::pin;

use anyhow::ensure;
use futures::{StreamExt, TryStreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions};
use lapin::types::FieldTable;
use tracehop_rabbitmq::MessagingTracer;

use super::rabbitmq::RabbitMq;
use crate::fate::Fate;
use crate::next::Next;
use crate::payment_error::PaymentError;
use crate::shop::Shop;

/// Runs until it is stopped.
pub(super) async fn run(
    rabbitmq: &RabbitMq,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (_connection, channel) = &rabbitmq.traced_channel(tracer).await?;
    let options = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(rabbitmq.orders(), "".into(), options, FieldTable::default()).await?;
    let mut orders = pin!(consumer.take_until(stopped));
    while let Some(order) = orders.try_next().await? {
        let order = &order;
        // The broker counts deliveries that nobody answered, and parks an order that kills the service. An order that is sent on
        // is another message to it, so the header counts those.
        let earlier_tries = u64::from(order.attempts_before());
        let send_on = |error: PaymentError| async move {
            let next = Next::after(&error, earlier_tries);
            channel.forward(order, "".into(), rabbitmq.queue(next), error).await?;
            anyhow::Ok(Fate::Failed(next))
        };
        let fate = order.process_or(shop.charge(&order.data), send_on).await?;
        // Only now: an order that could not be sent on comes again.
        let is_settled = order.ack(BasicAckOptions::default()).await?;
        ensure!(is_settled, "the channel was gone before the order was settled");
        shop.settled(fate);
    }
    ensure!(orders.is_stopped(), "the broker ended the consumer");
    Ok(())
}
