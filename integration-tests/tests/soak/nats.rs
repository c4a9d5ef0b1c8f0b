//! NATS JetStream: one publisher that awaits its acknowledgements, and one durable consumer with two readers.

use std::sync::Arc;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use opentelemetry::trace::FutureExt as _;
use tracehop::IntoTraced as _;
use tracehop_nats::TracedMessage;

use crate::support::{nats, unique};
use crate::tally::Tally;
use crate::{ALONE, HANDLERS, MESSAGES, memory};

/// How many messages wait for the stream's acknowledgement at once.
const IN_FLIGHT: usize = 500;

/// How many each reader asks for ahead.
const AHEAD: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_context_crosses_between_jetstream_messages() {
    let _alone = ALONE.lock().await;
    let tally = Tally::new("nats", memory::CLIENTS);
    tally.run(soak(&tally)).await;
}

async fn soak(tally: &Arc<Tally>) {
    let client = nats::connect().await;
    let subject = unique("soak");
    let stream = nats::create_stream(&client, &subject).await;
    let config =
        pull::Config { max_ack_pending: 4 * i64::try_from(AHEAD).unwrap(), ..pull::Config::default() };
    let consumer = nats::create_consumer(&stream, config).await;
    let readers = [(); 2].map(|()| {
        let (tally, consumer) = (Arc::clone(tally), consumer.clone());
        tokio::spawn(async move { consume(&tally, &consumer).await })
    });
    let context = nats::context(&client, &tally.tracer);
    let sends = stream::iter(0..MESSAGES).map(|number| {
        let (request, payload) = tally.message(number);
        let (context, subject) = (&context, subject.clone());
        let publish = async move {
            let ack = context.publish(subject, payload.into()).await?;
            ack.await
        };
        publish.with_context(request)
    });
    let sent = sends.buffer_unordered(IN_FLIGHT).try_for_each(|_| async {
        tally.sent();
        Ok(())
    });
    sent.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
    context.delete_stream(subject).await.unwrap();
}

async fn consume(tally: &Tally, consumer: &PullConsumer) {
    let consumer = consumer.clone().traced(&tally.tracer);
    let messages = consumer.stream().max_messages_per_batch(AHEAD).messages().await.unwrap();
    let messages = messages.map_err(async_nats::Error::from).take_until(tally.handled(MESSAGES));
    messages.try_for_each_concurrent(HANDLERS, |message| handle(tally, message)).await.unwrap();
}

async fn handle(tally: &Tally, message: TracedMessage) -> Result<(), async_nats::Error> {
    let handler = async {
        tally.handle(&message.payload, message.creation()).await;
        message.ack().await
    };
    message.process(handler).await
}
