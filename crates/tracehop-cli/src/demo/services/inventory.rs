//! What counts the stock.

use std::sync::Arc;

use opentelemetry::logs::Severity;

use crate::demo::consumer::Consumer;
use crate::demo::counts::Counters;
use crate::demo::order::Order;
use crate::demo::problem::Problem;
use crate::demo::service::Service;
use crate::demo::system::Kafka;

/// What counts the stock: a second group on the orders, and the only one on what an old program imports.
pub(in crate::demo) struct Inventory {
    pub(in crate::demo) service: Service,
}

impl Inventory {
    pub(in crate::demo) async fn reserve(self: Arc<Self>, orders: Consumer<Kafka>) {
        while let Some(delivered) = orders.next().await {
            let received = &delivered.received;
            if received.process(self.handle(&received.order)).await.is_err() {
                Counters::add(&self.service.counters.failed);
            }
            orders.accept(&delivered);
        }
    }

    pub(in crate::demo) async fn import(self: Arc<Self>, imports: Consumer<Kafka>) {
        while let Some(delivered) = imports.next().await {
            let order = &delivered.received.order;
            let handle = self.service.query("INSERT stock_levels", order, 5, 40);
            delivered.received.process(handle).await;
            imports.accept(&delivered);
        }
    }

    async fn handle(&self, order: &Order) -> Result<(), Problem> {
        self.service.query("UPDATE stock WHERE sku = $1", order, 4, 60).await;
        if order.fate.is_in_stock {
            return Ok(());
        }
        let text = format!("nothing is left in stock for order {}", order.number);
        self.service.log(Severity::Error, text, order);
        Err(Problem::OutOfStock)
    }
}
