//! The orders service: places orders, and learns what became of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::{StreamExt, TryStreamExt, stream};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use rdkafka::consumer::{CommitMode, Consumer};
use tracehop_kafka::TracedFutureProducer;

use crate::broker::Broker;
use crate::model::{self, Order, Shipment};
use crate::telemetry::Service;

/// How many orders are placed at once, and how often one is.
const CUSTOMERS: usize = 16;
const EVERY: Duration = Duration::from_millis(1);

/// Returns when the last order is shipped or given up.
pub(crate) async fn run(service: Service, broker: Arc<Broker>, orders: Vec<Order>) -> anyhow::Result<()> {
    let total = orders.len();
    let producer = broker.producer(&service.messaging)?;
    let consumer = broker.consumer("orders", &broker.topics.shipments, &service.messaging)?;

    let mut clock = tokio::time::interval(EVERY);
    let ticks = stream::poll_fn(move |task| clock.poll_tick(task).map(Some));
    let placing = stream::iter(&orders)
        .zip(ticks)
        .map(|(order, _)| Ok(order))
        .try_for_each_concurrent(CUSTOMERS, |order| place(&service, &producer, &broker.topics.orders, order));

    let following = async {
        let mut shipments = consumer.stream();
        let mut shipped = 0;
        for done in 1..=total {
            let message = shipments.try_next().await?.context("the stream of shipments ended")?;
            let shipment: Shipment = message.process(async { model::parse(&*message) }).await?;
            shipped += usize::from(shipment.shipped);
            consumer.commit_message(&message, CommitMode::Async)?;
            if done % 200 == 0 || done == total {
                println!(
                    "{done:>6} of {total} orders done, {shipped} shipped; the last was {}",
                    shipment.order_id
                );
            }
        }
        anyhow::Ok(())
    };
    tokio::try_join!(placing, following)?;
    Ok(())
}

/// A span of the service's own, made with plain OpenTelemetry; what is sent inside becomes its child.
async fn place(
    service: &Service,
    producer: &TracedFutureProducer,
    topic: &str,
    order: &Order,
) -> anyhow::Result<()> {
    let span = service.tracer.start("place order");
    let cx = Context::current_with_span(span);
    model::send(producer, topic, &order.id, order).with_context(cx).await
}
