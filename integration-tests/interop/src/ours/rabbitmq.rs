//! RabbitMQ, with lapin.

use anyhow::{Context, ensure};
use futures::TryStreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};
use opentelemetry::trace::FutureExt;
use tracehop_rabbitmq::{IntoTraced, TracedChannel, TracedConsumer};

use super::Application;
use crate::journey::Journey;
use crate::word::Header;

/// Queues that are not used for so long are deleted by the broker, in milliseconds.
const FORGOTTEN: i32 = 120_000;

pub(crate) struct Half {
    queue: String,
    channel: TracedChannel,
    consumer: Option<TracedConsumer>,
    _connection: Connection,
}

impl Half {
    pub(super) async fn open(
        app: &Application,
        url: &str,
        queue: &str,
        receives: bool,
    ) -> anyhow::Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        channel.queue_declare(queue.into(), options, arguments).await?;
        let channel = channel.traced(&app.tracer);
        let consumer = if receives {
            let options = BasicConsumeOptions::default();
            Some(channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await?)
        } else {
            None
        };
        Ok(Self { queue: queue.to_owned(), channel, consumer, _connection: connection })
    }

    pub(super) async fn send(&self, app: &Application, journey: Journey) -> anyhow::Result<()> {
        let send = async {
            let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
            let queue = self.queue.as_str().into();
            self.channel.basic_publish("".into(), queue, options, b"{}", properties).await?.await
        };
        let confirmation = send.with_context(app.checkout(journey)?).await?;
        ensure!(confirmation == Confirmation::Ack(None), "the broker answered {confirmation:?}");
        Ok(())
    }

    pub(super) async fn handle_one(&mut self, app: &Application) -> anyhow::Result<Vec<Header>> {
        let consumer = self.consumer.as_mut().context("this half sends")?;
        let delivery = consumer.try_next().await?.context("the broker ended the consumer")?;
        delivery.process(async { app.handle() }).await;
        delivery.ack(BasicAckOptions::default()).await?;
        let Some(headers) = delivery.properties.headers() else {
            return Ok(Vec::new());
        };
        let text = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
            other => format!("{other:?}"),
        };
        Ok(headers.inner().iter().map(|(name, value)| (name.to_string(), text(value))).collect())
    }
}
