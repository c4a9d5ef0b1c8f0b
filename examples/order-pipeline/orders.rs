//! The orders service: places orders, and learns what became of them.

use std::time::Duration;

use futures::future::{pending, try_join_all};
use futures::{StreamExt, TryStreamExt, stream};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracer;
use tracehop_sdk::Telemetry;
use tracing::{info, warn};

use crate::brokers::Brokers;
use crate::lane::Lane;
use crate::model::{self, Order, Shipment};
use crate::progress::Progress;
use crate::receiver::Handler;
use crate::sender::Sender;

/// How many orders are placed at once, and how often one is.
const CUSTOMERS: usize = 16;
const EVERY: Duration = Duration::from_millis(1);

/// Returns when the last order is shipped or given up.
pub(crate) async fn run(telemetry: &Telemetry, brokers: &Brokers, orders: &[Order]) -> anyhow::Result<()> {
    let tracer = &telemetry.messaging_tracer();
    let spans = &telemetry.traces().provider().tracer("order-pipeline");
    let placed = brokers.sender(Lane::Orders, tracer).await?;
    let shipments = brokers.receiver(Lane::Shipments, tracer).await?;
    let dead_letters = Lane::ALL.iter().map(|lane| brokers.dead_letters(*lane, tracer));
    let dead_letters = try_join_all(dead_letters).await?;
    let progress = &Progress::of(orders.len());

    let mut clock = tokio::time::interval(EVERY);
    let ticks = stream::poll_fn(move |task| clock.poll_tick(task).map(Some));
    let placing = stream::iter(orders)
        .zip(ticks)
        .map(|(order, _)| Ok(order))
        .try_for_each_concurrent(CUSTOMERS, |order| place(spans, &placed, order));
    let learning = async {
        let (shipped, given_up) = (Shipped(progress), GivenUp(progress));
        let given_up =
            try_join_all(dead_letters.into_iter().map(|letters| letters.handle(1, &given_up, pending())));
        tokio::select! {
            stopped = async { tokio::try_join!(shipments.handle(1, &shipped, pending()), given_up) } => stopped.map(drop),
            () = progress.all_done() => Ok(()),
        }
    };
    tokio::try_join!(placing, learning)?;
    Ok(())
}

/// A span of the service's own, made with plain OpenTelemetry; what is sent inside becomes its child, and what is logged
/// inside has its ids.
async fn place(spans: &SdkTracer, placed: &Sender, order: &Order) -> anyhow::Result<()> {
    let cx = Context::current_with_span(spans.start("place order"));
    let placing = async {
        placed.send(&order.id, order).await?;
        info!(order.id, "the order is placed");
        Ok(())
    };
    placing.with_context(cx).await
}

struct Shipped<'a>(&'a Progress);

impl Handler for Shipped<'_> {
    async fn handle(&self, payload: &[u8]) -> anyhow::Result<()> {
        let shipment: Shipment = model::parse(payload)?;
        info!(order.id = shipment.order_id, "the order is done");
        self.0.shipped(&shipment.order_id);
        Ok(())
    }

    fn settled(&self) {
        self.0.one_done();
    }
}

/// Somebody has to look at what nobody could handle: here it is counted.
struct GivenUp<'a>(&'a Progress);

impl Handler for GivenUp<'_> {
    async fn handle(&self, _: &[u8]) -> anyhow::Result<()> {
        warn!("the order is given up");
        self.0.given_up();
        Ok(())
    }

    fn settled(&self) {
        self.0.one_done();
    }
}
