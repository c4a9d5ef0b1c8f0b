//! A connection, queues of a test's own, and a recorder.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracehop_brokers::{Direction, Fault, FaultProxy};
use tracehop_rabbitmq::{IntoTraced, MessagingTracer, TracedChannel, TracedConsumer, TracedDelivery};
use tracehop_testing::{SpanRecorder, TraceTree};

/// Longer than anything takes here; a test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Queues that are not used for so long are deleted by the broker.
const FORGOTTEN: i32 = 60_000;

/// Nothing of what the broker says is passed on.
pub(crate) const HALF_OPEN: Fault = Fault::black_hole().of(Direction::ToClient);

/// Waits for what must come.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        tokio::select! {
            // First, so that what is done because it is polled once more, and not because it was woken, has failed too.
            biased;
            () = tokio::time::sleep(DEADLINE) => panic!("{caller}: waited for {DEADLINE:?}"),
            done = future => done,
        }
    }
}

pub(crate) struct Fixture {
    pub(crate) spans: SpanRecorder,
    pub(crate) tracer: MessagingTracer,
    pub(crate) connection: Connection,
    /// With publisher confirms.
    pub(crate) channel: TracedChannel,
    names: Names,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let spans = SpanRecorder::new();
        let tracer = spans.messaging_tracer();
        Self::with_tracer(spans, tracer).await
    }

    pub(crate) async fn with_tracer(spans: SpanRecorder, tracer: MessagingTracer) -> Self {
        Self::at(&url(), ConnectionProperties::default(), spans, tracer).await
    }

    pub(crate) async fn at(
        url: &str,
        properties: ConnectionProperties,
        spans: SpanRecorder,
        tracer: MessagingTracer,
    ) -> Self {
        let connection = within(Connection::connect(url, properties)).await.unwrap();
        let channel = confirming(&connection).await.traced(&tracer);
        Self { spans, tracer, connection, channel, names: Names::new() }
    }

    /// A channel that is not traced, on a connection of its own: the peer in another service.
    pub(crate) async fn peer(&self) -> Channel {
        let connection = within(Connection::connect(&url(), ConnectionProperties::default())).await.unwrap();
        confirming(&connection).await
    }

    /// The name that stands for `name` in this test only.
    pub(crate) fn name(&self, name: &str) -> ShortString {
        format!("{name}{}", self.names.suffix).into()
    }

    /// Declares a queue.
    pub(crate) async fn queue(&self, name: &str) -> ShortString {
        self.queue_with(name, QueueDeclareOptions::default(), &[]).await
    }

    pub(crate) async fn queue_with(
        &self,
        name: &str,
        options: QueueDeclareOptions,
        arguments: &[(&str, AMQPValue)],
    ) -> ShortString {
        let mut table = table(arguments);
        table.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
        let declared = self.channel.queue_declare(self.name(name), options, table);
        within(declared).await.unwrap().name().clone()
    }

    /// Declares a topic exchange that ends with its last binding.
    pub(crate) async fn exchange(&self, name: &str) -> ShortString {
        let name = self.name(name);
        let options = ExchangeDeclareOptions { auto_delete: true, ..ExchangeDeclareOptions::default() };
        let declared =
            self.channel.exchange_declare(name.clone(), ExchangeKind::Topic, options, FieldTable::default());
        within(declared).await.unwrap();
        name
    }

    pub(crate) async fn bind(&self, queue: &ShortString, exchange: &ShortString, routing_key: &str) {
        let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
        let bound =
            self.channel.queue_bind(queue.clone(), exchange.clone(), routing_key.into(), options, arguments);
        within(bound).await.unwrap();
    }

    /// Publishes to a queue and waits for the confirm.
    pub(crate) async fn publish(&self, queue: &ShortString, properties: BasicProperties) {
        let confirmation = publish(&self.channel, "", queue.as_str(), properties).await;
        assert_eq!(confirmation, Ok(Confirmation::Ack(None)));
    }

    pub(crate) async fn consume(&self, queue: &ShortString) -> TracedConsumer {
        consume(&self.channel, queue).await
    }

    /// The spans that have ended once there are `count`, under the names the test gave.
    pub(crate) async fn ended(&self, count: usize) -> Vec<SpanData> {
        let spans = self.spans.wait_for(count, DEADLINE).await;
        spans.into_iter().map(|span| self.names.restore(span)).collect()
    }

    /// The same as a tree.
    pub(crate) async fn tree(&self, count: usize) -> TraceTree {
        TraceTree::new(self.ended(count).await)
    }
}

pub(crate) fn url() -> String {
    tracehop_brokers::rabbitmq().blocking().unwrap().amqp_url().to_owned()
}

pub(crate) fn proxy() -> FaultProxy {
    FaultProxy::start(&url()).unwrap()
}

async fn confirming(connection: &Connection) -> Channel {
    let channel = within(connection.create_channel()).await.unwrap();
    within(channel.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
    channel
}

pub(crate) async fn publish(
    channel: &TracedChannel,
    exchange: &str,
    routing_key: &str,
    properties: BasicProperties,
) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions::default();
    let confirm = channel.basic_publish(exchange.into(), routing_key.into(), options, b"{}", properties);
    // On the heap, because the futures of tests are long.
    within(Box::pin(async { confirm.await?.await })).await
}

pub(crate) async fn consume(channel: &TracedChannel, queue: &ShortString) -> TracedConsumer {
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    within(channel.basic_consume(queue.clone(), "".into(), options, arguments)).await.unwrap()
}

pub(crate) async fn next(consumer: &mut TracedConsumer) -> TracedDelivery {
    within(consumer.try_next()).await.unwrap().expect("the consumer goes on")
}

/// A queue that has one message, and takes no other.
pub(crate) async fn full_queue(test: &Fixture) -> ShortString {
    let arguments = [("x-max-length", AMQPValue::LongInt(1)), ("x-overflow", text("reject-publish"))];
    let full = test.queue_with("full", QueueDeclareOptions::default(), &arguments).await;
    let peer = test.peer().await;
    loop {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let confirm = within(peer.basic_publish("".into(), full.clone(), options, b"{}", properties)).await;
        // A classic queue may take a message more before it counts.
        if within(confirm.unwrap()).await.unwrap().is_nack() {
            return full;
        }
    }
}

pub(crate) fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

pub(crate) fn text(text: impl Into<LongString>) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(found.value.as_str().into_owned())
}

/// Names that no other test uses, and that do not show.
struct Names {
    suffix: String,
}

impl Names {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // A queue that looks as if each message had one is no part of a span's name, so there are no digits.
        let letter = |digit: char| char::from_u32(u32::from('g') + digit.to_digit(16)?);
        let suffix = format!("{:x}{nanos:x}{count:x}", std::process::id());
        Self { suffix: format!("-{}", suffix.chars().filter_map(letter).collect::<String>()) }
    }

    fn restore(&self, mut span: SpanData) -> SpanData {
        span.name = span.name.replace(&self.suffix, "").into();
        for attribute in &mut span.attributes {
            if let Value::String(text) = &attribute.value {
                attribute.value = text.as_str().replace(&self.suffix, "").into();
            }
        }
        span
    }
}
