//! What takes orders from the storefront.

use std::sync::Arc;

use opentelemetry::logs::Severity;

use crate::demo::client::Client;
use crate::demo::consumer::Consumer;
use crate::demo::counts::Counters;
use crate::demo::order::Order;
use crate::demo::problem::Problem;
use crate::demo::service::Service;
use crate::demo::system::{Kafka, RabbitMq};

/// What takes orders from the storefront, and asks for the payment.
pub(in crate::demo) struct Checkout {
    pub(in crate::demo) service: Service,
    pub(in crate::demo) kafka: Client<Kafka>,
    pub(in crate::demo) rabbitmq: Client<RabbitMq>,
}

impl Checkout {
    pub(in crate::demo) async fn run(self: Arc<Self>, orders: Consumer<Kafka>) {
        while let Some(delivered) = orders.next().await {
            let received = &delivered.received;
            if received.process(self.handle(&received.order)).await.is_err() {
                Counters::add(&self.service.counters.failed);
            }
            orders.accept(&delivered);
        }
    }

    async fn handle(&self, order: &Order) -> Result<(), Problem> {
        let Self { service, kafka, rabbitmq } = self;
        service.query("SELECT prices WHERE sku = ANY($1)", order, 3, 25).await;
        let euros = order.cents / 100;
        service.log(Severity::Info, format!("order {} costs {euros} euros", order.number), order);
        rabbitmq.send("payments", order).await?;
        kafka.send("audit-events", order).await
    }
}
