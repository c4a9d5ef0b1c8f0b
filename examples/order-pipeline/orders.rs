//! The orders service: places orders, and learns what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use tracehop_kafka::TracedFutureProducer;

use crate::lane::{Brokers, Handler, Lane};
use crate::model::{self, Order, Shipment};
use crate::telemetry::Service;

/// How many orders are placed at once, and how often one is.
const CUSTOMERS: usize = 16;
const EVERY: Duration = Duration::from_millis(1);

/// Returns when the last order is shipped or given up.
pub(crate) async fn run(service: Service, brokers: Arc<Brokers>, orders: Vec<Order>) -> anyhow::Result<()> {
    let producer = brokers.kafka.producer(&service.messaging)?;
    let shipments = brokers.receiver(Lane::Shipments, "orders", &service.messaging).await?;
    let progress = Progress { total: orders.len(), done: AtomicUsize::new(0), shipped: AtomicUsize::new(0) };

    let mut clock = tokio::time::interval(EVERY);
    let ticks = stream::poll_fn(move |task| clock.poll_tick(task).map(Some));
    let placing = stream::iter(&orders)
        .zip(ticks)
        .map(|(order, _)| Ok(order))
        .try_for_each_concurrent(CUSTOMERS, |order| {
            place(&service, &producer, &brokers.kafka.topics.orders, order)
        });
    tokio::try_join!(placing, shipments.handle(orders.len(), 1, &progress))?;
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

struct Progress {
    total: usize,
    done: AtomicUsize,
    shipped: AtomicUsize,
}

impl Handler for Progress {
    async fn handle(&self, payload: &[u8]) -> anyhow::Result<()> {
        let shipment: Shipment = model::parse(payload)?;
        let shipped = self.shipped.fetch_add(usize::from(shipment.shipped), Ordering::Relaxed);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(200) || done == self.total {
            let shipped = shipped + usize::from(shipment.shipped);
            println!(
                "{done:>6} of {} orders done, {shipped} shipped; the last was {}",
                self.total, shipment.order_id
            );
        }
        Ok(())
    }
}
