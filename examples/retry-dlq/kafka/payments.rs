//! The payments service: a consumer for the topic of orders, and one for the retry topic of each delay.

use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt};
use rdkafka::Message;
use tokio::time::sleep;
use tracehop_kafka::{MessagingTracer, TracedMessage};

use super::kafka::Kafka;
use crate::fate::Fate;
use crate::next::Next;
use crate::payment_error::PaymentError;
use crate::shop::Shop;
use crate::wait::Wait;

/// Runs until it is stopped. What waits for its next try holds up nothing but what waits behind it.
pub(super) async fn run(
    kafka: &Kafka,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()> + Clone,
) -> anyhow::Result<()> {
    let retries = Wait::ALL.map(|wait| (kafka.topic(Next::Retry(wait)), wait.delay()));
    let all = [(kafka.orders(), Duration::ZERO)].into_iter().chain(retries);
    let consumers = all.map(|(topic, delay)| consume(kafka, topic, delay, shop, tracer, stopped.clone()));
    try_join_all(consumers).await?;
    Ok(())
}

async fn consume(
    kafka: &Kafka,
    topic: String,
    delay: Duration,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let producer = &kafka.producer(tracer)?;
    let consumer = kafka.consumer(&topic, delay, tracer)?;
    let mut orders = pin!(consumer.stream().take_until(stopped));
    while let Some(order) = orders.try_next().await? {
        let order = &order;
        until_as_old_as(delay, order).await;
        // Kafka counts nothing, so the header does: how often the order was sent on before it came here.
        let earlier_tries = u64::from(order.attempts_before());
        let send_on = |error: PaymentError| async move {
            let next = Next::after(&error, earlier_tries);
            producer.forward(order, &kafka.topic(next), error).await?;
            anyhow::Ok(Fate::Failed(next))
        };
        let payload = order.payload().unwrap_or_default();
        let fate = order.process_or(shop.charge(payload), send_on).await?;
        // Only now: an order that could not be sent on comes again.
        consumer.store_offset_from_message(order)?;
        shop.settled(fate);
    }
    Ok(())
}

/// Waits until a message was sent `delay` ago.
///
/// All messages of the topic have the same delay, and each partition has its messages in the order in which they were sent. So
/// none that is due waits for one that is not.
async fn until_as_old_as(delay: Duration, message: &TracedMessage<'_>) {
    let sent = message.timestamp().to_millis().and_then(|millis| u64::try_from(millis).ok());
    let sent = sent.map(|millis| UNIX_EPOCH + Duration::from_millis(millis));
    // A clock elsewhere may be ahead of this one, or no time may be known: never longer than the delay itself.
    let age = sent.and_then(|sent| SystemTime::now().duration_since(sent).ok()).unwrap_or_default();
    sleep(delay.saturating_sub(age)).await;
}
