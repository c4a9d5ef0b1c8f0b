//! The shipping service: sends what is paid for.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use rdkafka::consumer::{CommitMode, Consumer};
use tracehop_kafka::{TracedFutureProducer, TracedMessage};

use crate::broker::{Broker, Topics};
use crate::model::{self, Payment, Shipment};
use crate::telemetry::Service;

const PACKERS: usize = 8;

/// Runs until it is dropped.
pub(crate) async fn run(service: Service, broker: Arc<Broker>) -> anyhow::Result<()> {
    let producer = &broker.producer(&service.messaging)?;
    let consumer = &broker.consumer("shipping", &broker.topics.payments, &service.messaging)?;
    let topics = &broker.topics;
    let payments = consumer.stream().map_err(anyhow::Error::from);
    payments
        .try_for_each_concurrent(PACKERS, |payment| async move {
            payment.process(ship(&payment, producer, topics)).await?;
            consumer.commit_message(&payment, CommitMode::Async)?;
            Ok(())
        })
        .await
}

async fn ship(
    message: &TracedMessage<'_>,
    producer: &TracedFutureProducer,
    topics: &Topics,
) -> anyhow::Result<()> {
    let Payment { order, paid } = model::parse(&**message)?;
    if paid {
        let parcels = order.items.len() as u64;
        // Far countries need papers.
        let papers = if order.country == "NZ" { 60 } else { 0 };
        tokio::time::sleep(Duration::from_millis(parcels + papers)).await;
    }
    let shipment = Shipment { shipped: paid, order_id: order.id };
    model::send(producer, &topics.shipments, &shipment.order_id, &shipment).await
}
