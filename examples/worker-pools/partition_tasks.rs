//! A task for each partition: as many at once as there are partitions, and orders of one key stay in order.

use anyhow::{Context, bail};
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use tokio::task::JoinSet;
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer, TracedStreamPartitionQueue};

use crate::shop::{PARTITIONS, Shop};

pub(crate) async fn consume(shop: &Shop) -> anyhow::Result<()> {
    let consumer: TracedStreamConsumer = shop.consumer()?;
    let mut tasks = JoinSet::new();
    for partition in 0..PARTITIONS {
        // Before the consumer subscribes: what is fetched before a partition is split comes to the consumer itself. The queue of
        // a partition that another member of the group has stays empty.
        let queue =
            consumer.split_partition_queue(&shop.orders, partition).context("there is no such partition")?;
        tasks.spawn(work(queue, consumer.clone(), shop.producer()?, shop.clone()));
    }
    consumer.subscribe(&[&shop.orders])?;
    tokio::select! {
        // The consumer itself must be polled too: that is what joins the group and fills the queues.
        order = consumer.recv() => bail!("partition {} has no queue", order?.partition()),
        Some(stopped) = tasks.join_next() => stopped?,
    }
}

/// Handles the orders of one partition.
async fn work(
    queue: TracedStreamPartitionQueue<rdkafka::consumer::DefaultConsumerContext>,
    consumer: TracedStreamConsumer,
    producer: TracedFutureProducer,
    shop: Shop,
) -> anyhow::Result<()> {
    loop {
        let order = queue.recv().await?;
        let bury = |error| producer.forward(&order, &shop.dead_letters, error);
        order.process_or(shop.handle(order.payload()), bury).await?;
        if let Err(error) = consumer.store_offset_from_message(&order) {
            // The partition went to another consumer meanwhile, which handles the order again.
            eprintln!("{error}");
        }
    }
}
