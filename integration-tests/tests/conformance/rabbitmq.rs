//! RabbitMQ: a queue and a confirming channel for each test.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicRejectOptions,
    ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracehop::{MessagingTracer, Received, ReceivedBatches};
use tracehop_rabbitmq::{
    FromQueue, IntoTraced, OutgoingMessage, RabbitMq, TracedChannel, TracedConsumer, TracedDelivery, ack_all,
};
use tracehop_testing::brokers::{DroppedSend, Redelivery};
use tracehop_testing::{BrokerUnderTest, Header};

use super::{DEADLINE, unique};

/// Larger header frames would cost the connection.
const ROOM: usize = 100_000;

/// Queues that are not used for so long are deleted by the broker, in milliseconds.
const FORGOTTEN: i32 = 120_000;

/// What a broker that is started again still has.
const PERSISTENT: u8 = 2;

/// A durable queue.
pub(crate) struct RabbitMqQueue {
    url: String,
    name: ShortString,
}

impl RabbitMqQueue {
    async fn declare(&self, channel: &Channel) {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
        channel.queue_declare(self.name.clone(), options, arguments).await.unwrap();
    }
}

async fn connect(url: &str) -> Connection {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    timeout(DEADLINE, connecting).await.unwrap().unwrap()
}

pub(crate) struct RabbitMqBroker {
    queue: ShortString,
    channel: TracedChannel,
    bare: Channel,
    deliveries: Mutex<TracedConsumer>,
    _connection: Connection,
}

impl RabbitMqBroker {
    async fn publish(&self, routing_key: &str, mandatory: bool, headers: FieldTable) -> lapin::Result<()> {
        let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers);
        let confirm =
            self.channel.basic_publish("".into(), routing_key.into(), options, b"{}", properties).await?;
        timeout(DEADLINE, confirm).await.unwrap().map(drop)
    }
}

impl BrokerUnderTest for RabbitMqBroker {
    type System = RabbitMq;
    type Message = FromQueue<Delivery>;
    type Got = TracedDelivery;
    type Server = String;
    type Destination = RabbitMqQueue;

    const SETTLEMENTS: &'static [&'static str] = &["ack", "nack", "reject"];
    const REFUSED: &'static str = "no-route";
    const ORDERED: bool = false;

    const DROPPED_SEND: DroppedSend = DroppedSend::GivenUp;
    const REDELIVERY: Redelivery = Redelivery::Again;

    fn server() -> String {
        tracehop_brokers::rabbitmq().blocking().unwrap().amqp_url().to_owned()
    }

    async fn create(url: &String) -> RabbitMqQueue {
        let queue = RabbitMqQueue { url: url.clone(), name: ShortString::from(unique("orders")) };
        let connection = connect(url).await;
        queue.declare(&connection.create_channel().await.unwrap()).await;
        queue
    }

    async fn connect(tracer: &MessagingTracer, queue: &RabbitMqQueue) -> Self {
        let connection = connect(&queue.url).await;
        let channel = connection.create_channel().await.unwrap().traced(tracer);
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        // As an application does it: of one that was declared just before its broker was killed nothing may be left.
        queue.declare(&channel).await;
        let (queue, options) = (queue.name.clone(), BasicConsumeOptions::default());
        let deliveries =
            channel.basic_consume(queue.clone(), "".into(), options, FieldTable::default()).await.unwrap();
        let bare = connection.create_channel().await.unwrap();
        bare.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Self { queue, channel, bare, deliveries: Mutex::new(deliveries), _connection: connection }
    }

    fn span_name(&self, operation: &str) -> String {
        let word = if operation == "send" { "publish" } else { operation };
        format!("{word} {}", self.queue)
    }

    async fn try_send(&self, headers: &[Header]) -> Result<(), String> {
        let sent = self.publish(self.queue.as_str(), false, table(headers).unwrap()).await;
        sent.map_err(|error| error.to_string())
    }

    async fn send_refused(&self) {
        self.publish(&unique("nowhere"), true, FieldTable::default()).await.unwrap();
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        let properties =
            BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(table(headers)?);
        let options = BasicPublishOptions::default();
        let confirm =
            self.bare.basic_publish("".into(), self.queue.clone(), options, b"{}", properties).await.unwrap();
        timeout(DEADLINE, confirm).await.unwrap().unwrap();
        Some(())
    }

    async fn receive(&self) -> TracedDelivery {
        timeout(DEADLINE, self.deliveries.lock().await.next()).await.unwrap().unwrap().unwrap()
    }

    fn received(got: &TracedDelivery) -> &Received<FromQueue<Delivery>, RabbitMq> {
        got
    }

    fn headers(message: &FromQueue<Delivery>) -> Vec<Header> {
        let table = message.properties.headers().as_ref().map(FieldTable::inner);
        let text = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => Some(text.as_bytes().to_vec()),
            _ => None,
        };
        table.into_iter().flatten().map(|(name, value)| (name.as_str().into(), text(value))).collect()
    }

    async fn try_settle(&self, got: &TracedDelivery, settlement: &str) -> Result<(), String> {
        let settled = match settlement {
            "ack" => got.ack(BasicAckOptions::default()).await,
            "nack" => got.nack(BasicNackOptions { requeue: false, ..BasicNackOptions::default() }).await,
            "reject" => got.reject(BasicRejectOptions { requeue: false }).await,
            other => panic!("RabbitMQ has no {other}"),
        };
        match settled {
            Ok(true) => Ok(()),
            Ok(false) => Err("its channel is gone".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn send_all(&self, count: usize) -> Vec<Result<(), String>> {
        let message = || {
            let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
            OutgoingMessage::new("", self.queue.clone(), b"{}").with_properties(properties)
        };
        let results =
            timeout(DEADLINE, self.channel.publish_all((0..count).map(|_| message()))).await.unwrap();
        results.into_iter().map(|result| result.map(drop).map_err(|error| error.to_string())).collect()
    }

    async fn receive_all(&self, count: usize) -> Vec<TracedDelivery> {
        let mut deliveries = self.deliveries.lock().await;
        let mut batches = pin!(ReceivedBatches::new(&mut *deliveries, count, DEADLINE, tokio::time::sleep));
        timeout(DEADLINE, batches.next()).await.unwrap().unwrap().unwrap()
    }

    async fn settle_all(&self, batch: &[TracedDelivery]) {
        assert_eq!(timeout(DEADLINE, ack_all(batch)).await.unwrap().unwrap(), batch.len());
    }

    async fn forward(&self, got: &TracedDelivery, reason: &str) {
        let forwarding = self.channel.forward(got, "".into(), self.queue.clone(), reason);
        timeout(DEADLINE, forwarding).await.unwrap().unwrap();
    }

    async fn send_from_callback(&self, cx: Context) {
        let (channel, queue) = (self.channel.clone(), self.queue.clone());
        let is_second = AtomicBool::new(false);
        self.deliveries.lock().await.set_delegate(move |order| {
            let channel = channel.clone();
            let queue = queue.clone();
            let is_last = is_second.swap(true, Ordering::SeqCst);
            async move {
                if order?.is_some() && !is_last {
                    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
                    channel.basic_publish("".into(), queue, options, b"{}", properties).await?.await?;
                }
                lapin::Result::Ok(())
            }
        });
        self.send(&[]).with_context(cx).await;
    }
}

/// A table has a name once, names of text, and must fit into a frame.
fn table(headers: &[Header]) -> Option<FieldTable> {
    let mut table = FieldTable::default();
    let mut size = 0;
    for (name, value) in headers {
        let name = ShortString::try_new(String::from_utf8(name.clone()).ok()?).ok()?;
        let value = value.clone().map_or(AMQPValue::Void, |value| AMQPValue::LongString(value.into()));
        size += name.as_str().len()
            + 5
            + if let AMQPValue::LongString(text) = &value { text.as_bytes().len() } else { 0 };
        if size > ROOM || table.contains_key(name.as_str()) {
            return None;
        }
        table.insert(name, value);
    }
    Some(table)
}
