//! RabbitMQ, if one is given.

use anyhow::Context;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use tracehop_rabbitmq::{IntoTraced, MessagingTracer, TracedChannel, TracedConsumer};

/// How many deliveries a consumer may hold.
const PREFETCH: u16 = 64;

/// A connection. Its queues are its own, and go when it closes.
pub(crate) struct RabbitMq {
    connection: Connection,
}

impl RabbitMq {
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let connecting = Connection::connect(url, ConnectionProperties::default());
        let connection = connecting.await.context("no RabbitMQ answers at the URL given with --amqp-url")?;
        Ok(Self { connection })
    }

    pub(crate) async fn publisher(&self, tracer: &MessagingTracer) -> anyhow::Result<TracedChannel> {
        let channel = self.connection.create_channel().await?.traced(tracer);
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    pub(crate) async fn consumer(
        &self,
        queue: &str,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<TracedConsumer> {
        let channel = self.connection.create_channel().await?.traced(tracer);
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        Ok(channel
            .basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?)
    }

    pub(crate) async fn declare(&self, queue: &str) -> anyhow::Result<()> {
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let channel = self.connection.create_channel().await?;
        channel.queue_declare(queue.into(), options, FieldTable::default()).await?;
        Ok(())
    }
}
