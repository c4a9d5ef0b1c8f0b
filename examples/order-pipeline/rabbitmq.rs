//! RabbitMQ, if one is given.

use anyhow::Context;
use lapin::options::{
    BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ConnectionProperties};
use tracehop_rabbitmq::{MessagingTracer, TracedChannel, TracedConnection, TracedConsumer};

use crate::lane::Queues;

/// How many deliveries a consumer may hold.
const PREFETCH: u16 = 128;

/// After so many milliseconds the broker forgets queues that nobody uses: those of a run that was killed.
const FORGOTTEN: i32 = 600_000;

pub(crate) struct RabbitMq {
    url: String,
    queues: Queues,
}

/// A connection of one service, and a channel with publisher confirms. The connection tells the broker's address to the
/// spans of its channels.
pub(crate) struct Publisher {
    connection: TracedConnection,
    pub(crate) channel: TracedChannel,
}

impl RabbitMq {
    /// Makes the queues.
    pub(crate) async fn connect(url: &str, queues: Queues) -> anyhow::Result<Self> {
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = connecting.await.context("no RabbitMQ answers at the URL given with --amqp-url")?;
        let channel = connection.create_channel().await?;
        for queue in [&queues.name, &queues.dead_letters] {
            let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
            let mut arguments = FieldTable::default();
            arguments.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
            channel.queue_declare(queue.as_str().into(), options, arguments).await?;
        }
        Ok(Self { url: url.to_owned(), queues })
    }

    pub(crate) async fn publisher(&self, tracer: &MessagingTracer) -> anyhow::Result<Publisher> {
        let connecting = TracedConnection::connect(&self.url, ConnectionProperties::default(), tracer);
        let connection = connecting.await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Publisher { connection, channel })
    }

    /// Removes the queues.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for queue in [&self.queues.name, &self.queues.dead_letters] {
            channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
        }
        Ok(())
    }
}

impl Publisher {
    pub(crate) async fn consumer(&self, queue: &str) -> anyhow::Result<TracedConsumer> {
        let channel = self.connection.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        Ok(channel
            .basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?)
    }
}
