//! What charges cards.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::Severity;
use tracehop::Received;

use crate::demo::client::Client;
use crate::demo::consumer::Consumer;
use crate::demo::counts::Counters;
use crate::demo::message::Message;
use crate::demo::order::{Order, Payment};
use crate::demo::problem::Problem;
use crate::demo::service::Service;
use crate::demo::system::{Nats, RabbitMq};

/// What charges cards: it tries again if the provider does not answer, and gives up if a card is declined.
pub(in crate::demo) struct Payments {
    pub(in crate::demo) service: Service,
    pub(in crate::demo) nats: Client<Nats>,
}

impl Payments {
    pub(in crate::demo) async fn run(self: Arc<Self>, payments: Consumer<RabbitMq>) {
        let counters = &self.service.counters;
        while let Some(delivered) = payments.next().await {
            let received = &delivered.received;
            let handle = self.handle(&received.order, received.deliveries);
            let give_up = |problem| self.give_up(received, payments.client(), problem);
            if received.process_or(handle, give_up).await.is_ok() {
                if received.deliveries > 1 {
                    Counters::add(&counters.retried);
                }
                payments.accept(&delivered);
            } else {
                Counters::add(&counters.failed);
                payments.refuse(&delivered, backoff(received.deliveries));
            }
        }
    }

    async fn handle(&self, order: &Order, delivery: u32) -> Result<(), Problem> {
        let Self { service, nats } = self;
        let answer = match order.fate.payment {
            Payment::AtTry(needed) if delivery < needed => Err(Problem::CardTimedOut),
            Payment::AtTry(_) => Ok(201),
            Payment::Declined => Ok(402),
        };
        let time = if answer.is_ok() { order.takes("charge", 20, 120) } else { Duration::from_millis(150) };
        service.post("cards.demo", "/charges", time, answer).await?;
        if order.fate.payment == Payment::Declined {
            service.log(Severity::Warn, format!("the card of order {} was declined", order.number), order);
            return Err(Problem::CardDeclined);
        }
        service.log(Severity::Info, format!("order {} is paid", order.number), order);
        nats.send("shipments", order).await
    }

    /// Sends to dead letters what no other try would help.
    async fn give_up(
        &self,
        received: &Received<Message<RabbitMq>, RabbitMq>,
        client: &Client<RabbitMq>,
        problem: Problem,
    ) -> Result<(), Problem> {
        if problem != Problem::CardDeclined {
            return Err(problem);
        }
        Counters::add(&self.service.counters.failed);
        client.forward(received, "payments.dlq", problem).await?;
        Counters::add(&self.service.counters.dead_lettered);
        Ok(())
    }
}

/// Longer after each try.
fn backoff(tries: u32) -> Duration {
    Duration::from_millis(100) * tries
}
