//! Support: looks at the queue of dead letters.

use std::pin::pin;

use anyhow::ensure;
use futures::{StreamExt, TryStreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions};
use lapin::types::FieldTable;
use tracehop_rabbitmq::MessagingTracer;

use super::rabbitmq::RabbitMq;
use crate::next::Next;
use crate::shop::Shop;
use crate::verdict::Verdict;

/// Runs until it is stopped.
pub(super) async fn run(
    rabbitmq: &RabbitMq,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (_connection, channel) = &rabbitmq.traced_channel(tracer).await?;
    let (dead, options) = (rabbitmq.queue(Next::Dead), BasicConsumeOptions::default());
    let consumer = channel.basic_consume(dead, "".into(), options, FieldTable::default()).await?;
    let mut letters = pin!(consumer.take_until(stopped));
    while let Some(letter) = letters.try_next().await? {
        let looking = async {
            let verdict = shop.look_at(&letter.data);
            if verdict == Verdict::Replay {
                channel.forward(&letter, "".into(), rabbitmq.orders(), "the card was renewed").await?;
            }
            anyhow::Ok(verdict)
        };
        let verdict = letter.process(looking).await?;
        // Only now: a letter that could not be replayed comes again.
        let is_settled = letter.ack(BasicAckOptions::default()).await?;
        ensure!(is_settled, "the channel was gone before the letter was settled");
        shop.closed(verdict);
    }
    ensure!(letters.is_stopped(), "the broker ended the consumer");
    Ok(())
}
