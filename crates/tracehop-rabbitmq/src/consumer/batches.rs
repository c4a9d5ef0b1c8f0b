//! Deliveries, several at a time.

use std::future::Future;
use std::time::Duration;

use lapin::Error;
use lapin::message::Delivery;
use tracehop::ReceivedBatches;

use super::from_queue::FromQueue;
use super::traced_consumer::TracedConsumer;
use crate::RabbitMq;

impl TracedConsumer {
    /// The consumer's deliveries, several at a time: a stream of batches of 1 to `most` deliveries. A batch is complete when it has
    /// `most`, or when its first delivery has waited for `within`.
    ///
    /// `sleep` makes the timer, for example `tokio::time::sleep`: lapin works with several runtimes, and a consumer does not tell
    /// which one it runs on. AMQP itself knows no batches: the broker sends deliveries ahead, as many as `basic_qos` allows. With a
    /// `most` above that no batch is ever full, and each of them waits for `within`.
    ///
    /// ```no_run
    /// use std::pin::pin;
    /// use std::time::Duration;
    ///
    /// # use futures::TryStreamExt;
    /// use tracehop_rabbitmq::{TracedConsumer, TracedDelivery, ack_all, process_batch};
    ///
    /// # async fn store(orders: &[TracedDelivery]) -> lapin::Result<()> { Ok(()) }
    /// async fn run(orders: TracedConsumer) -> lapin::Result<()> {
    ///     // It is pinned, because a timer may not move.
    ///     let mut batches = pin!(orders.batches(100, Duration::from_millis(50), tokio::time::sleep));
    ///     while let Some(orders) = batches.try_next().await? {
    ///         process_batch(&orders, store(&orders)).await?;
    ///         ack_all(&orders).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Spans
    ///
    /// `receive {queue}`, kind CLIENT, for each batch, with a link to each message's creation context: see [`ReceivedBatches`]. It
    /// does not wait for [`receive_spans(true)`](tracehop::MessagingTracerBuilder::receive_spans).
    ///
    /// # Errors
    ///
    /// The stream has the consumer's own, each after the deliveries that came before it.
    ///
    /// # Cancel safety
    ///
    /// `next` is cancel-safe, as [`ReceivedBatches`] says. Deliveries that are still in the stream when it is dropped are not settled:
    /// they come again when the channel is closed.
    pub fn batches<F, T>(
        self,
        most: usize,
        within: Duration,
        sleep: F,
    ) -> ReceivedBatches<Self, FromQueue<Delivery>, RabbitMq, Error, F, T>
    where
        F: FnMut(Duration) -> T,
        T: Future,
    {
        ReceivedBatches::new(self, most, within, sleep)
    }
}
