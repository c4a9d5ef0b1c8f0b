//! A client of a broker that is traced, as an adapter for a client of one's own is written.

use std::sync::Arc;

use tracehop::{CarrierMut, ClientTracer, Failure, Inbound, Received};

use super::broker::Broker;
use super::message::Message;
use super::order::Order;
use super::pace::Pace;
use super::problem::Problem;
use super::system::System;

/// A client of a broker that is traced.
#[derive(Clone, Debug)]
pub(super) struct Client<S: System> {
    pub(super) broker: Arc<Broker<S>>,
    pub(super) tracer: ClientTracer<S>,
    pub(super) pace: Pace,
}

impl<S: System> Client<S> {
    /// Sends an order to a queue.
    pub(super) async fn send(&self, queue: &'static str, order: &Order) -> Result<(), Problem> {
        let mut message = self.message(queue, order);
        let mut headers = std::mem::take(&mut message.headers);
        let span = self.tracer.send(&S::describe(&message), &mut headers);
        span.finish_after(self.store(Message { headers, ..message })).await
    }

    /// Sends several orders with one call.
    pub(super) async fn send_all(&self, queue: &'static str, orders: &[Order]) {
        let messages: Vec<Message<S>> = orders.iter().map(|order| self.message(queue, order)).collect();
        let mut batch = self.tracer.send_batch(messages.iter().map(Inbound::info));
        for (place, mut message) in messages.into_iter().enumerate() {
            let mut headers = std::mem::take(&mut message.headers);
            let span = batch.add(&S::describe(&message), &mut headers);
            let sent = span.finish_after(self.store(Message { headers, ..message })).await;
            if let Err(problem) = &sent {
                batch.message_failed(place, Failure::of(problem));
            }
        }
        batch.end();
    }

    /// Sends a message on to another queue, with everything that it carries.
    pub(super) async fn forward(
        &self,
        received: &Received<Message<S>, S>,
        queue: &'static str,
        why: Problem,
    ) -> Result<(), Problem> {
        let mut message = self.message(queue, &received.order);
        let mut headers = received.headers.clone();
        // Headers in memory hold any text: nothing is refused.
        let _ = headers.apply(&received.forward_headers(&why));
        let send = async {
            let span = self.tracer.send(&S::describe(&message), &mut headers);
            message.headers = headers;
            span.finish_after(self.store(message)).await
        };
        received.forwarding(send).await
    }

    fn message(&self, queue: &'static str, order: &Order) -> Message<S> {
        self.broker.message(queue, order.clone(), order.chance(queue).wait())
    }

    async fn store(&self, message: Message<S>) -> Result<(), Problem> {
        self.pace.sleep(message.order.takes("send", 1, 6)).await;
        self.broker.store(message)
    }
}
