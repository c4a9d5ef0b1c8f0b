//! Support: looks at the dead letters.

use std::pin::pin;

use anyhow::{Error, ensure};
use futures::{StreamExt, TryStreamExt};
use tracehop_nats::MessagingTracer;

use super::nats::Nats;
use crate::shop::Shop;
use crate::verdict::Verdict;

/// Runs until it is stopped.
pub(super) async fn run(
    nats: &Nats,
    shop: &Shop,
    tracer: &MessagingTracer,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let context = &nats.traced(tracer).await?;
    let mut letters = pin!(nats.dead_letters(context, tracer).await?.take_until(stopped));
    while let Some(letter) = letters.try_next().await? {
        let looking = async {
            let verdict = shop.look_at(&letter.payload);
            if verdict == Verdict::Replay {
                context.forward(&letter, nats.orders(), "the card was renewed").await?;
            }
            anyhow::Ok(verdict)
        };
        let verdict = letter.process(looking).await?;
        // Only now: a letter that could not be replayed comes again.
        letter.double_ack().await.map_err(Error::from_boxed)?;
        shop.closed(verdict);
    }
    ensure!(letters.is_stopped(), "the server ended the consumer");
    Ok(())
}
