//! What writes to customers.

use std::sync::Arc;

use opentelemetry::logs::Severity;

use crate::demo::consumer::Consumer;
use crate::demo::order::Order;
use crate::demo::problem::Problem;
use crate::demo::service::Service;
use crate::demo::system::System;

/// What writes to customers, also about what went to dead letters. It is quick: often it is done before the clock of shipping,
/// which is ahead, says that the message was sent.
pub(in crate::demo) struct Notifications {
    pub(in crate::demo) service: Service,
}

impl Notifications {
    /// Writes `about` something to those whose orders are in this queue.
    pub(in crate::demo) async fn run<S: System>(self: Arc<Self>, about: &'static str, queue: Consumer<S>) {
        while let Some(delivered) = queue.next().await {
            // It cannot fail: the mail server has a queue of its own.
            let _ = delivered.received.process(self.handle(about, &delivered.received.order)).await;
            queue.accept(&delivered);
        }
    }

    async fn handle(&self, about: &str, order: &Order) -> Result<(), Problem> {
        let text = format!("{} is told that order {} {about}", order.user_id(), order.number);
        self.service.log(Severity::Info, text, order);
        self.service.post("mail.demo", "/messages", order.takes("mail", 1, 6), Ok(202)).await
    }
}
