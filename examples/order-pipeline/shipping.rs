//! The shipping service: sends what is paid for.

use std::sync::Arc;
use std::time::Duration;

use crate::brokers::Brokers;
use crate::lane::Lane;
use crate::model::{self, Payment, Shipment};
use crate::receiver::Handler;
use crate::sender::Sender;
use crate::telemetry::Service;

const PACKERS: usize = 64;

/// Runs until it is dropped.
pub(crate) async fn run(service: Service, brokers: Arc<Brokers>) -> anyhow::Result<()> {
    let payments = brokers.receiver(Lane::Payments, &service.messaging).await?;
    let shipping = Shipping { shipments: brokers.sender(Lane::Shipments, &service.messaging).await? };
    payments.handle(PACKERS, &shipping).await
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
        let shipment = Shipment { order_id: order.id };
        self.shipments.send(&shipment.order_id, &shipment).await
    }
}
