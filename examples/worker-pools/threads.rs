//! Threads that block, each with a consumer of its own: they share the partitions as members of one group.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::Message;
use rdkafka::consumer::Consumer;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tracehop_kafka::{TracedBaseConsumer, TracedFutureProducer};

use crate::shop::Shop;

const THREADS: usize = 3;
/// How soon a thread notices that it shall end.
const POLL: Duration = Duration::from_millis(100);

/// Tells the threads to end when it is dropped.
#[derive(Default)]
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(crate) async fn consume(shop: &Shop) -> anyhow::Result<()> {
    let running = Running::default();
    let mut threads = JoinSet::new();
    for _ in 0..THREADS {
        let (ends, producer, shop) = (Arc::clone(&running.0), shop.producer()?, shop.clone());
        threads.spawn_blocking(move || work(&ends, &producer, &shop));
    }
    while let Some(ended) = threads.join_next().await {
        ended??;
    }
    Ok(())
}

fn work(ends: &AtomicBool, producer: &TracedFutureProducer, shop: &Shop) -> anyhow::Result<()> {
    let runtime = Handle::current();
    let consumer: TracedBaseConsumer = shop.consumer()?;
    consumer.subscribe(&[&shop.orders])?;
    while !ends.load(Ordering::Relaxed) {
        let Some(order) = consumer.poll(POLL).transpose()? else { continue };
        order.process_blocking(|| {
            let bury = |error| runtime.block_on(producer.forward(&order, &shop.dead_letters, error));
            shop.handle_blocking(order.payload()).or_else(bury)
        })?;
        consumer.store_offset_from_message(&order)?;
    }
    Ok(())
}
