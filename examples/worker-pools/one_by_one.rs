//! One order after the other: what needs no further thought.

use rdkafka::Message;
use rdkafka::consumer::Consumer;
use tracehop_kafka::TracedStreamConsumer;

use crate::shop::Shop;

pub(crate) async fn consume(shop: &Shop) -> anyhow::Result<()> {
    let producer = shop.producer()?;
    let consumer: TracedStreamConsumer = shop.consumer()?;
    consumer.subscribe(&[&shop.orders])?;
    loop {
        let order = consumer.recv().await?;
        let bury = |error| producer.forward(&order, &shop.dead_letters, error);
        order.process_or(shop.handle(order.payload()), bury).await?;
        consumer.store_offset_from_message(&order)?;
    }
}
