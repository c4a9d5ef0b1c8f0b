//! The payments service: charges the card of each order. A charge that the bank did not answer is tried again.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use rdkafka::Message;
use tracehop_kafka::{MessagingTracer, TracedMessage};
use tracing::{info, warn};

use crate::brokers::Brokers;
use crate::lane::Lane;
use crate::model::{self, Card, Order, Payment};
use crate::payment_error::PaymentError;
use crate::sender::Sender;

const CASHIERS: usize = 16;
/// How often a charge is tried.
const TRIES: u32 = 3;

/// Runs until it is stopped.
pub(crate) async fn run(
    tracer: MessagingTracer,
    brokers: Arc<Brokers>,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let topics = &brokers.queues(Lane::Orders);
    let producer = &brokers.kafka.producer(&tracer)?;
    let consumer = brokers.kafka.consumer(&topics.name, &tracer)?;
    let payments = &brokers.sender(Lane::Payments, &tracer).await?;
    let orders = consumer.stream().take_until(stopped);
    let charged = orders.map_err(anyhow::Error::from).map_ok(|order| async move {
        let again_or_never = |error: PaymentError| {
            let again = error.may_pass() && order.attempts_before() + 1 < TRIES;
            warn!(%error, again, "the card is not charged");
            producer.forward(&order, if again { &topics.name } else { &topics.dead_letters }, error)
        };
        order.process_or(charge(&order, payments), again_or_never).await?;
        anyhow::Ok(order)
    });
    // Charges run at once, but come out in the order of their orders: an offset that is stored says that everything before it
    // is handled too. Boxed, because otherwise the compiler cannot tell that this may run in a spawned task.
    let mut charged = charged.try_buffered(CASHIERS).boxed();
    while let Some(order) = charged.try_next().await? {
        consumer.store_offset_from_message(&order)?;
    }
    Ok(())
}

async fn charge(message: &TracedMessage<'_>, payments: &Sender) -> Result<(), PaymentError> {
    let order: Order = model::parse(message.payload().unwrap_or_default())?;
    let cents: u32 = order.items.iter().map(|item| item.quantity * item.price_cents).sum();
    // The bank takes its time: longer for larger sums.
    tokio::time::sleep(Duration::from_micros(500 + u64::from(cents % 8_000))).await;
    match order.card {
        Card::Flaky if message.attempts_before() == 0 => return Err(PaymentError::BankTimeout),
        Card::Stolen => return Err(PaymentError::Declined),
        Card::Good | Card::Flaky => {}
    }
    info!(order.id, cents, "the card is charged");
    let payment = Payment { order };
    payments.send(&payment.order.id, &payment).await?;
    Ok(())
}
