//! The worker: it charges for orders, and answers.

use anyhow::{Context, ensure};
use rdkafka::Message;
use tokio::sync::watch::Receiver;
use tracehop_kafka::{TracedFutureProducer, TracedMessage, TracedStreamConsumer};
use tracehop_nats::TracedClient;
use tracehop_sdk::Telemetry;
use tracing::{Span, info, instrument, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::brokers::{ANSWERS, Brokers, DEAD, ORDERS};
use crate::model::{Answer, Order};

pub(crate) struct Worker {
    consumer: TracedStreamConsumer,
    producer: TracedFutureProducer,
    nats: TracedClient,
}

impl Worker {
    pub(crate) async fn connect(brokers: &Brokers, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let tracer = &telemetry.messaging_tracer();
        Ok(Self {
            consumer: brokers.consumer(ORDERS, tracer)?,
            producer: brokers.producer(tracer)?,
            nats: brokers.nats(tracer).await?,
        })
    }

    /// Handles orders until `stop` ends, or until Kafka or NATS fails. An order that has begun is handled to its end.
    pub(crate) async fn run(self, mut stop: Receiver<()>) -> anyhow::Result<()> {
        loop {
            let order = tokio::select! {
                order = self.consumer.recv() => order?,
                _ = stop.changed() => return Ok(()),
            };
            let handled = order.process_or(self.handle(&order), |error| self.refuse(&order, error)).await;
            handled.context("an order that is neither charged nor refused")?;
            self.consumer.store_offset_from_message(&order)?;
        }
    }

    /// Runs directly inside of the process span: events land on it, and `Span::current()` is that span.
    async fn handle(&self, message: &TracedMessage<'_>) -> anyhow::Result<()> {
        let order: Order = serde_json::from_slice(message.payload().unwrap_or_default())?;
        Span::current().set_attribute("shop.order.id", order.id.clone());
        info!(order.lines, "the order is taken");
        let cents = charge(&order).await?;
        self.answer(&Answer { id: order.id, cents: Some(cents) }).await
    }

    /// An order that cannot be charged goes to the dead letters, and stops nothing.
    async fn refuse(&self, message: &TracedMessage<'_>, error: anyhow::Error) -> anyhow::Result<()> {
        warn!(%error, "the order is refused");
        self.producer.forward(message, DEAD, error).await?;
        let id = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
        self.answer(&Answer { id, cents: None }).await
    }

    async fn answer(&self, answer: &Answer) -> anyhow::Result<()> {
        Ok(self.nats.publish(ANSWERS, serde_json::to_vec(answer)?.into()).await?)
    }
}

/// A child of the process span.
#[instrument(skip_all, fields(order.lines = order.lines))]
async fn charge(order: &Order) -> anyhow::Result<u64> {
    ensure!(order.lines > 0, "the order has no lines");
    let cents = u64::from(order.lines) * 1_050;
    info!(cents, "the card is charged");
    Ok(cents)
}
