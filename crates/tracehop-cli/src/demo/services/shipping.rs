//! What sends parcels.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::Severity;
use tracehop::Received;

use crate::demo::client::Client;
use crate::demo::consumer::Consumer;
use crate::demo::counts::Counters;
use crate::demo::message::Message;
use crate::demo::order::{self, Order};
use crate::demo::problem::Problem;
use crate::demo::service::Service;
use crate::demo::system::{Kafka, Nats, RabbitMq};

/// After so many tries a message is given up.
const MAX_TRIES: u32 = 6;

/// What sends parcels. It knows no mistake that is not worth another try, so now and then it chokes on a message.
pub(in crate::demo) struct Shipping {
    pub(in crate::demo) service: Service,
    pub(in crate::demo) kafka: Client<Kafka>,
    pub(in crate::demo) rabbitmq: Client<RabbitMq>,
}

impl Shipping {
    pub(in crate::demo) async fn run(self: Arc<Self>, shipments: Consumer<Nats>) {
        while let Some(delivered) = shipments.next().await {
            let received = &delivered.received;
            let give_up = |problem| self.give_up(received, shipments.client(), problem);
            if received.process_or(self.handle(&received.order), give_up).await.is_ok() {
                shipments.accept(&delivered);
            } else {
                Counters::add(&self.service.counters.failed);
                shipments.refuse(&delivered, Duration::from_millis(120) * received.deliveries);
            }
        }
    }

    async fn handle(&self, order: &Order) -> Result<(), Problem> {
        let Self { service, kafka, rabbitmq } = self;
        let is_possible = order.fate.shipping == order::Shipping::Possible;
        let status = if is_possible { 201 } else { 422 };
        service.post("carriers.demo", "/labels", order.takes("label", 15, 90), Ok(status)).await?;
        if !is_possible {
            let text = format!("no carrier knows the address of order {}", order.number);
            service.log(Severity::Error, text, order);
            return Err(Problem::AddressUnknown);
        }
        rabbitmq.send("notifications", order).await?;
        kafka.send("audit-events", order).await
    }

    /// Sends to dead letters what was tried often enough.
    async fn give_up(
        &self,
        received: &Received<Message<Nats>, Nats>,
        client: &Client<Nats>,
        problem: Problem,
    ) -> Result<(), Problem> {
        if received.deliveries < MAX_TRIES {
            return Err(problem);
        }
        Counters::add(&self.service.counters.failed);
        client.forward(received, "shipments.dlq", problem).await?;
        Counters::add(&self.service.counters.dead_lettered);
        Ok(())
    }
}
