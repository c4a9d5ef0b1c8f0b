//! The shipping service: sends what is paid for.

use std::sync::Arc;
use std::time::Duration;

use tracehop::MessagingTracer;
use tracing::info;

use crate::brokers::Brokers;
use crate::lane::Lane;
use crate::model::{self, Payment, Shipment};
use crate::receiver::Handler;
use crate::sender::Sender;

const PACKERS: usize = 64;

/// Runs until it is stopped.
pub(crate) async fn run(
    tracer: MessagingTracer,
    brokers: Arc<Brokers>,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let payments = brokers.receiver(Lane::Payments, &tracer).await?;
    let shipping = Shipping { shipments: brokers.sender(Lane::Shipments, &tracer).await? };
    payments.handle(PACKERS, &shipping, stopped).await
}

struct Shipping {
    shipments: Sender,
}

impl Handler for Shipping {
    async fn handle(&self, payload: &[u8]) -> anyhow::Result<()> {
        let Payment { order } = model::parse(payload)?;
        let parcels = order.items.len() as u64;
        // Far countries need papers.
        let papers = if order.country == "NZ" { 60 } else { 0 };
        tokio::time::sleep(Duration::from_millis(parcels + papers)).await;
        info!(order.id, parcels, "the order is packed");
        let shipment = Shipment { order_id: order.id };
        self.shipments.send(&shipment.order_id, &shipment).await
    }
}
