//! Clients of the real RabbitMQ.

use futures::TryStreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use tracehop::{IntoTraced, MessagingTracer};
use tracehop_rabbitmq::{TracedChannel, TracedConsumer, TracedDelivery};

use super::within;

/// Queues that are not used for so long are deleted by the broker, in milliseconds.
const FORGOTTEN: i32 = 120_000;

pub(crate) fn url() -> String {
    tracehop_brokers::rabbitmq().blocking().unwrap().amqp_url().to_owned()
}

/// A connection, which closes when this is dropped, and a channel with publisher confirms.
pub(crate) struct RabbitMq {
    pub(crate) connection: Connection,
    pub(crate) channel: TracedChannel,
}

pub(crate) async fn connect(tracer: &MessagingTracer) -> RabbitMq {
    connect_to(&url(), tracer).await
}

pub(crate) async fn connect_to(url: &str, tracer: &MessagingTracer) -> RabbitMq {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    let connection = within(connecting).await.unwrap();
    let channel = confirming(&connection).await.traced(tracer);
    RabbitMq { connection, channel }
}

/// A connection of another service.
pub(crate) async fn connect_bare() -> (Connection, Channel) {
    let connection = within(Connection::connect(&url(), ConnectionProperties::default())).await.unwrap();
    let channel = confirming(&connection).await;
    (connection, channel)
}

async fn confirming(connection: &Connection) -> Channel {
    let channel = within(connection.create_channel()).await.unwrap();
    within(channel.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
    channel
}

pub(crate) async fn create_queue(channel: &Channel, name: &str, arguments: &[(&str, AMQPValue)]) {
    let mut table = FieldTable::default();
    table.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
    for (name, value) in arguments {
        table.insert((*name).into(), value.clone());
    }
    // A queue that is not durable and not exclusive is one that newer brokers no longer like.
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    within(channel.queue_declare(name.into(), options, table)).await.unwrap();
}

/// Publishes to a queue and waits for the confirm.
pub(crate) async fn publish(channel: &TracedChannel, queue: &str, payload: &str) {
    let confirmation = try_publish(channel, queue, payload, BasicProperties::default());
    assert_eq!(within(confirmation).await, Ok(Confirmation::Ack(None)));
}

/// Publishes to a queue; the broker's answer.
pub(crate) async fn try_publish(
    channel: &TracedChannel,
    queue: &str,
    payload: &str,
    properties: BasicProperties,
) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions::default();
    channel.basic_publish("".into(), queue.into(), options, payload.as_bytes(), properties).await?.await
}

pub(crate) async fn consume(channel: &TracedChannel, queue: &str) -> TracedConsumer {
    consume_with(channel, queue, BasicConsumeOptions::default()).await
}

pub(crate) async fn consume_with(
    channel: &TracedChannel,
    queue: &str,
    options: BasicConsumeOptions,
) -> TracedConsumer {
    let consumer = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    within(consumer).await.unwrap()
}

pub(crate) async fn prefetch(channel: &Channel, count: u16) {
    within(channel.basic_qos(count, BasicQosOptions::default())).await.unwrap();
}

pub(crate) async fn next(consumer: &mut TracedConsumer) -> TracedDelivery {
    within(consumer.try_next()).await.unwrap().expect("the consumer goes on")
}

pub(crate) fn long_string(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

pub(crate) fn table(list: &[(&str, String)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in list {
        table.insert(ShortString::from(*name), long_string(value));
    }
    table
}

/// All headers. Context must be long strings, because that is what other clients read.
pub(crate) fn headers(properties: &BasicProperties) -> Vec<(String, String)> {
    let text = |value: &AMQPValue| match value {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).unwrap(),
        other => panic!("a header that is no long string: {other:?}"),
    };
    let table = properties.headers().as_ref().unwrap();
    table.inner().iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
