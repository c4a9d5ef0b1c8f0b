//! A pool of tasks that is fed by a channel: for handlers that use more than one core. Offsets are stored in the order in which
//! the orders came, whichever task was done first.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;
use tracehop_kafka::{TracedFutureProducer, TracedOwnedMessage, TracedStreamConsumer};

use crate::shop::Shop;

const TASKS: usize = 4;
/// So many orders are handled or wait for those before them.
const IN_FLIGHT: usize = 64;

/// An order, and where to give it back when it is done.
struct Job {
    order: TracedOwnedMessage,
    done: oneshot::Sender<Result<TracedOwnedMessage, KafkaError>>,
}

pub(crate) async fn consume(shop: &Shop) -> anyhow::Result<()> {
    let (jobs, queue) = mpsc::channel(TASKS);
    let queue = Arc::new(Mutex::new(queue));
    let mut pool = JoinSet::new();
    for _ in 0..TASKS {
        pool.spawn(work(Arc::clone(&queue), shop.producer()?, shop.clone()));
    }
    let consumer: TracedStreamConsumer = shop.consumer()?;
    consumer.subscribe(&[&shop.orders])?;
    let mut in_order = FuturesOrdered::new();
    loop {
        tokio::select! {
            order = consumer.recv(), if in_order.len() < IN_FLIGHT => {
                let (done, handled) = oneshot::channel();
                in_order.push_back(handled);
                // The message no longer borrows from the consumer, and its trace goes with it.
                jobs.send(Job { order: order?.detach(), done }).await?;
            }
            Some(handled) = in_order.next() => {
                if let Err(error) = consumer.store_offset_from_received(&handled??) {
                    // The partition went to another consumer meanwhile, which handles the order again.
                    eprintln!("{error}");
                }
            }
        }
    }
}

/// Handles orders until there are no more.
async fn work(queue: Arc<Mutex<mpsc::Receiver<Job>>>, producer: TracedFutureProducer, shop: Shop) {
    loop {
        // Whoever has the lock waits for a job, and the others wait for the lock.
        let Some(Job { order, done }) = queue.lock().await.recv().await else { return };
        let handled = order.process_owned(|order| async {
            if let Err(error) = shop.handle(order.payload()).await {
                producer.forward(&order, &shop.dead_letters, error).await?;
            }
            Ok(order)
        });
        // If nobody waits for it any more the consumer is gone, and another one gets the order again.
        let _ = done.send(handled.await);
    }
}
