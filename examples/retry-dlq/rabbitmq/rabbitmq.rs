//! RabbitMQ: a given one, or one that is started.

use std::env;

use anyhow::Context;
use lapin::options::{BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, Connection, ConnectionProperties};
use tracehop_brokers::{Source, rabbitmq};
use tracehop_rabbitmq::{MessagingTracer, TracedChannel, TracedConnection};

use crate::host::host;
use crate::names;
use crate::next::Next;
use crate::wait::Wait;

/// How many deliveries a consumer may hold.
const PREFETCH: u16 = 16;

/// So often the broker delivers an order again that nobody answered, because the service died of it. Then it parks the order.
pub(crate) const DELIVERIES_AGAIN: i32 = 5;

/// After so many milliseconds the broker forgets queues that nobody uses: those of a run that was killed. Leave it out of a
/// service of your own, because orders that wait there go with the queue.
const FORGOTTEN: i32 = 600_000;

/// A broker with the queues of this run.
pub(crate) struct RabbitMq {
    pub(super) url: String,
    pub(super) suffix: String,
    /// It is stopped when this is dropped.
    pub(super) started: Option<tracehop_brokers::RabbitMq>,
}

impl RabbitMq {
    pub(crate) async fn connect(url: Option<&str>) -> anyhow::Result<Self> {
        let set = || env::var("TRACEHOP_AMQP_URL").ok().filter(|url| !url.is_empty());
        if let Some(url) = url.map(str::to_owned).or_else(set) {
            return Self::with_queues(url, names::of_this_run(), None).await;
        }
        // Not in a container, because an example should not download an image.
        let started = rabbitmq().source(Source::Native).owned().await;
        let started =
            started.context("no RabbitMQ can be started here: give the address of one with --address")?;
        Self::with_queues(started.amqp_url().to_owned(), String::new(), Some(started)).await
    }

    async fn with_queues(
        url: String,
        suffix: String,
        started: Option<tracehop_brokers::RabbitMq>,
    ) -> anyhow::Result<Self> {
        let broker = Self { url, suffix, started };
        broker.declare().await?;
        Ok(broker)
    }

    /// Makes the queues that are not there.
    pub(crate) async fn declare(&self) -> anyhow::Result<()> {
        let (_connection, channel) = self.plain_channel().await?;
        for (queue, arguments) in self.queues() {
            channel.queue_declare(queue, QueueDeclareOptions::durable(), arguments).await?;
        }
        Ok(())
    }

    pub(crate) fn orders(&self) -> ShortString {
        format!("orders{}", self.suffix).into()
    }

    /// Where an order goes whose payment failed.
    pub(crate) fn queue(&self, next: Next) -> ShortString {
        let last = match next {
            // No numbers: a routing key with one looks as if each order had its own, and is then no part of a span's name.
            Next::Retry(Wait::Short) => "retry.short",
            Next::Retry(Wait::Long) => "retry.long",
            Next::Dead => "dead",
            Next::Parked => "parked",
        };
        format!("{}.{last}", self.orders()).into()
    }

    /// Quorum queues with their arguments. What they put elsewhere by themselves they keep until it has arrived there: without
    /// `at-least-once` an order is lost if the other queue does not take it.
    pub(super) fn queues(&self) -> Vec<(ShortString, FieldTable)> {
        let safely_to = |queue: ShortString| {
            let mut arguments = quorum();
            for (name, value) in [
                ("x-dead-letter-exchange", ""),
                ("x-dead-letter-routing-key", queue.as_str()),
                ("x-dead-letter-strategy", "at-least-once"),
                ("x-overflow", "reject-publish"),
            ] {
                arguments.insert(name.into(), text(value));
            }
            arguments
        };
        let mut orders = safely_to(self.queue(Next::Parked));
        orders.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERIES_AGAIN));
        let mut queues = vec![(self.orders(), orders)];
        for wait in Wait::ALL {
            let mut arguments = safely_to(self.orders());
            let delay = i64::try_from(wait.delay().as_millis()).unwrap_or(i64::MAX);
            arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(delay));
            queues.push((self.queue(Next::Retry(wait)), arguments));
        }
        queues.extend([Next::Dead, Next::Parked].map(|next| (self.queue(next), quorum())));
        queues
    }

    /// A connection of one service, and a channel with publisher confirms: a message is sent on when the broker says that it has
    /// it. The connection tells the broker's address to the spans of its channels.
    pub(super) async fn traced_channel(
        &self,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<(TracedConnection, TracedChannel)> {
        let connecting = TracedConnection::connect(&self.url, ConnectionProperties::default(), tracer);
        let connection = connecting.await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        Ok((connection, channel))
    }

    pub(crate) async fn plain_channel(&self) -> anyhow::Result<(Connection, Channel)> {
        let connecting = Connection::connect(&self.url, ConnectionProperties::default());
        let connection =
            connecting.await.with_context(|| format!("no RabbitMQ answers at {}", host(&self.url)))?;
        let channel = connection.create_channel().await?;
        Ok((connection, channel))
    }
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-expires".into(), AMQPValue::LongInt(FORGOTTEN));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}
