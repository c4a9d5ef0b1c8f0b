//! Sixteen handlers at once, in one task. They end in any order, and their results are taken in order.

use futures::{StreamExt, TryStreamExt};
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use tracehop_kafka::TracedStreamConsumer;

use crate::shop::Shop;

const AT_ONCE: usize = 16;

pub(crate) async fn consume(shop: &Shop) -> anyhow::Result<()> {
    let producer = &shop.producer()?;
    let consumer: TracedStreamConsumer = shop.consumer()?;
    consumer.subscribe(&[&shop.orders])?;
    let orders = consumer.stream().map_ok(|order| async {
        let bury = |error| producer.forward(&order, &shop.dead_letters, error);
        order.process_or(shop.handle(order.payload()), bury).await?;
        Ok(order)
    });
    // Boxed, so that this may run in a spawned task: the compiler cannot tell otherwise.
    let mut handled = orders.try_buffered(AT_ONCE).boxed();
    while let Some(order) = handled.try_next().await? {
        // Whatever came before it is done, because the results come in order.
        if let Err(error) = consumer.store_offset_from_message(&order) {
            // The partition went to another consumer meanwhile, which handles the order again.
            eprintln!("{error}");
        }
    }
    Ok(())
}
