//! The payments service: a consumer of the stream of orders, which delivers again what was answered with `Nak`.

use std::pin::pin;

use anyhow::{Error, ensure};
use async_nats::jetstream::AckKind;
use futures::{StreamExt, TryStreamExt};
use tracehop_nats::MessagingTracer;

use super::nats::Nats;
use crate::fate::Fate;
use crate::next::Next;
use crate::payment_error::PaymentError;
use crate::shop::Shop;

/// So often an order is delivered again that nobody answered, because the service died of it. Then it is parked. More often than
/// it is tried.
pub(crate) const DELIVERIES_AGAIN: u64 = 5;

/// Runs until it is stopped.
pub(super) async fn run(
    nats: &Nats,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let context = &nats.traced(tracer).await?;
    let mut orders = pin!(nats.new_orders(context, tracer).await?.take_until(stopped));
    while let Some(order) = orders.try_next().await? {
        let order = &order;
        // The server counts, this delivery included. An order that is replayed is a new message to it, and begins at 1 again.
        let deliveries = order.info().map_err(Error::from_boxed)?.delivered;
        let earlier_tries = u64::try_from(deliveries).unwrap_or_default().saturating_sub(1);
        let send_on = |error: PaymentError| async move {
            let next = Next::after(&error, earlier_tries);
            if let Some(subject) = nats.subject(next) {
                context.forward(order, subject, error).await?;
            }
            anyhow::Ok(Fate::Failed(next))
        };
        let charging = async {
            if earlier_tries > DELIVERIES_AGAIN {
                return Err(PaymentError::NeverAnswered);
            }
            shop.charge(&order.payload).await
        };
        let fate = order.process_or(charging, send_on).await?;
        // Only now: an order that could not be sent on comes again.
        let settled = match fate {
            Fate::Failed(Next::Retry(wait)) => order.ack_with(AckKind::Nak(Some(wait.delay()))).await,
            Fate::Paid | Fate::Failed(Next::Dead | Next::Parked) => order.double_ack().await,
        };
        settled.map_err(Error::from_boxed)?;
        shop.settled(fate);
    }
    ensure!(orders.is_stopped(), "the server ended the consumer");
    Ok(())
}
