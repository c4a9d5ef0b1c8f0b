//! The end of a lane that events go in.

use std::time::Duration;

use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use rdkafka::producer::FutureRecord;
use serde::Serialize;
use tracehop_kafka::TracedFutureProducer;
use tracehop_nats::TracedContext;

use crate::rabbitmq::Publisher;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) enum Sender {
    Kafka(TracedFutureProducer, String),
    RabbitMq(Box<Publisher>, String),
    Nats(Box<TracedContext>, String),
}

impl Sender {
    /// Sends an event, and waits until the broker has it.
    pub(crate) async fn send(&self, key: &str, event: &impl Serialize) -> anyhow::Result<()> {
        let payload = serde_json::to_vec(event)?;
        match self {
            Self::Kafka(producer, topic) => {
                let record = FutureRecord::to(topic).key(key).payload(&payload);
                producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
            }
            Self::RabbitMq(publisher, queue) => {
                let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
                publisher
                    .channel
                    .basic_publish("".into(), queue.as_str().into(), options, &payload, properties)
                    .await?
                    .await?;
            }
            Self::Nats(context, subject) => {
                context.publish(subject.clone(), payload.into()).await?.await?;
            }
        }
        Ok(())
    }
}
