//! Support: looks at the topic of dead letters.

use std::pin::pin;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use rdkafka::Message;
use tracehop_kafka::MessagingTracer;

use super::kafka::Kafka;
use crate::next::Next;
use crate::shop::Shop;
use crate::verdict::Verdict;

/// Runs until it is stopped.
pub(super) async fn run(
    kafka: &Kafka,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let producer = kafka.producer(tracer)?;
    let consumer = kafka.consumer(&kafka.topic(Next::Dead), Duration::ZERO, tracer)?;
    let mut letters = pin!(consumer.stream().take_until(stopped));
    while let Some(letter) = letters.try_next().await? {
        let looking = async {
            let verdict = shop.look_at(letter.payload().unwrap_or_default());
            if verdict == Verdict::Replay {
                producer.forward(&letter, &kafka.orders(), "the card was renewed").await?;
            }
            anyhow::Ok(verdict)
        };
        let verdict = letter.process(looking).await?;
        // Only now: a letter that could not be replayed comes again.
        consumer.store_offset_from_message(&letter)?;
        shop.closed(verdict);
    }
    Ok(())
}
