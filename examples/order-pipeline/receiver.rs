//! The end of a lane that events come out.
//!
//! Each broker has the same steps: receive, process, forward what failed, settle. A service that uses one broker has one of
//! these arms.

use std::fmt::Display;

use anyhow::anyhow;
use async_nats::jetstream::consumer::pull;
use futures::{Stream, StreamExt, TryStreamExt};
use lapin::options::BasicAckOptions;
use rdkafka::Message;
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
use tracehop_nats::{TracedContext, TracedMessages};
use tracehop_rabbitmq::TracedConsumer;

use crate::rabbitmq::Publisher;

pub(crate) enum Receiver {
    Kafka { consumer: TracedStreamConsumer, producer: TracedFutureProducer, dead_letters: String },
    RabbitMq { consumer: TracedConsumer, publisher: Box<Publisher>, dead_letters: String },
    Nats { messages: Box<TracedMessages<pull::Stream>>, publisher: Box<TracedContext>, dead_letters: String },
}

/// What a service does with an event.
pub(crate) trait Handler: Sync {
    fn handle(&self, payload: &[u8]) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Called when the broker was told that an event is handled, or is with the dead letters.
    fn settled(&self) {}
}

impl Receiver {
    /// Handles events, so many at once, until it is stopped: then it takes no more, and finishes those that it has begun. What
    /// fails goes to the dead letters, and is settled like any other.
    pub(crate) async fn handle(
        self,
        at_once: usize,
        handler: &impl Handler,
        stopped: impl Future<Output = ()> + Send,
    ) -> anyhow::Result<()> {
        match self {
            Self::Kafka { consumer, producer, dead_letters } => {
                let (producer, dead_letters) = (&producer, dead_letters.as_str());
                let mut done = in_order(consumer.stream(), stopped, at_once, |event| async move {
                    let bury = |error| producer.forward(&event, dead_letters, error);
                    event.process_or(handler.handle(event.payload().unwrap_or_default()), bury).await?;
                    Ok(event)
                })
                // Otherwise the compiler cannot tell that this may run in a spawned task.
                .boxed();
                while let Some(event) = done.try_next().await? {
                    consumer.store_offset_from_message(&event)?;
                    handler.settled();
                }
            }
            Self::RabbitMq { consumer, publisher, dead_letters } => {
                let (channel, dead_letters) = (&publisher.channel, dead_letters.as_str());
                let mut done = in_order(consumer, stopped, at_once, |event| async move {
                    let bury = |error| channel.forward(&event, "".into(), dead_letters.into(), error);
                    event.process_or(handler.handle(&event.data), bury).await?;
                    Ok(event)
                })
                .boxed();
                while let Some(event) = done.try_next().await? {
                    event.ack(BasicAckOptions::default()).await?;
                    handler.settled();
                }
            }
            Self::Nats { messages, publisher, dead_letters } => {
                let (publisher, dead_letters) = (&*publisher, dead_letters.as_str());
                let mut done = in_order(*messages, stopped, at_once, |event| async move {
                    let bury = |error| publisher.forward(&event, dead_letters.to_owned(), error);
                    event.process_or(handler.handle(&event.payload), bury).await?;
                    Ok(event)
                })
                .boxed();
                while let Some(event) = done.try_next().await? {
                    event.ack().await.map_err(anyhow::Error::from_boxed)?;
                    handler.settled();
                }
            }
        }
        Ok(())
    }
}

/// Handles events until it is stopped, so many at once, and gives them back in the order in which they came. Kafka needs the order: an offset that
/// is stored says that everything before it is handled too.
fn in_order<M, E, F>(
    events: impl Stream<Item = Result<M, E>>,
    stopped: impl Future<Output = ()>,
    at_once: usize,
    handle: impl FnMut(M) -> F,
) -> impl Stream<Item = anyhow::Result<M>>
where
    E: Display,
    F: Future<Output = anyhow::Result<M>>,
{
    let events = events.take_until(stopped).map_err(|error| anyhow!("a broker failed: {error:#}"));
    events.map_ok(handle).try_buffered(at_once)
}
