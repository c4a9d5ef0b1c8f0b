//! RabbitMQ: one channel that publishes with confirms, and two that consume.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use lapin::options::{BasicAckOptions, BasicPublishOptions, QueueDeleteOptions};
use lapin::{BasicProperties, Confirmation};
use opentelemetry::trace::FutureExt as _;
use tracehop_rabbitmq::TracedDelivery;

use crate::support::{rabbitmq, unique};
use crate::tally::Tally;
use crate::{ALONE, HANDLERS, MESSAGES, memory};

/// How many messages wait for the broker's confirm at once.
const IN_FLIGHT: usize = 1_000;

/// How many the broker sends ahead.
const PREFETCH: u16 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_context_crosses_between_rabbitmq_messages() {
    let _alone = ALONE.lock().await;
    let tally = Tally::new("rabbitmq", memory::CLIENTS);
    tally.run(soak(&tally)).await;
}

async fn soak(tally: &Arc<Tally>) {
    let publishing = rabbitmq::connect(&tally.tracer).await;
    let queue = unique("soak");
    rabbitmq::create_queue(&publishing.channel, &queue, &[]).await;
    let consumers = [(); 2].map(|()| {
        let (tally, queue) = (Arc::clone(tally), queue.clone());
        tokio::spawn(async move { consume(&tally, &queue).await })
    });
    let sends = stream::iter(0..MESSAGES).map(|number| {
        let (request, payload) = tally.message(number);
        let (channel, queue) = (&publishing.channel, queue.as_str());
        let publish = async move {
            let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
            channel
                .basic_publish("".into(), queue.into(), options, payload.as_bytes(), properties)
                .await?
                .await
        };
        publish.with_context(request)
    });
    let sent = sends.buffer_unordered(IN_FLIGHT).try_for_each(|confirmation| async move {
        assert_eq!(confirmation, Confirmation::Ack(None));
        tally.sent();
        Ok(())
    });
    sent.await.unwrap();
    for consumer in consumers {
        consumer.await.unwrap();
    }
    publishing.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
}

async fn consume(tally: &Tally, queue: &str) {
    let connected = rabbitmq::connect(&tally.tracer).await;
    rabbitmq::prefetch(&connected.channel, PREFETCH).await;
    let consumer = rabbitmq::consume(&connected.channel, queue).await;
    let messages = consumer.take_until(tally.handled(MESSAGES));
    messages.try_for_each_concurrent(HANDLERS, |message| handle(tally, message)).await.unwrap();
}

async fn handle(tally: &Tally, message: TracedDelivery) -> lapin::Result<()> {
    let handler = async {
        tally.handle(&message.data, message.creation()).await;
        message.ack(BasicAckOptions::default()).await.map(drop)
    };
    message.process(handler).await
}
