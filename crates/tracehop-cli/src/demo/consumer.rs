//! A consumer that is traced.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;
use tracehop::{Inbound, Received};

use super::broker::Delivery;
use super::client::Client;
use super::in_flight::Ticket;
use super::message::Message;
use super::system::System;

/// A consumer of one partition. Clones compete for its messages.
#[derive(Clone, Debug)]
pub(super) struct Consumer<S: System> {
    client: Client<S>,
    deliveries: Arc<Mutex<Receiver<Delivery<S>>>>,
}

/// A message that was delivered, and is to be settled.
#[derive(Debug)]
pub(super) struct Delivered<S: System> {
    pub(super) received: Received<Message<S>, S>,
    _ticket: Ticket,
    group: usize,
}

/// Messages that were delivered, and are handled together.
#[derive(Debug)]
pub(super) struct DeliveredBatch<S: System> {
    pub(super) received: Vec<Received<Message<S>, S>>,
    _tickets: Vec<Ticket>,
}

impl<S: System> Consumer<S> {
    pub(super) fn new(client: Client<S>, deliveries: Receiver<Delivery<S>>) -> Self {
        Self { client, deliveries: Arc::new(Mutex::new(deliveries)) }
    }

    pub(super) fn client(&self) -> &Client<S> {
        &self.client
    }

    /// The next message, when its time has come.
    pub(super) async fn next(&self) -> Option<Delivered<S>> {
        let (message, ticket, group) = self.deliveries.lock().await.recv().await?.into_parts();
        self.client.pace.sleep_until(message.stored + message.wait).await;
        Some(Delivered { received: self.client.tracer.received(message), _ticket: ticket, group })
    }

    /// Several messages: as many as there are, from `least` to `most`. Fewer if all hurry to the end, or if no more have come for
    /// a while.
    pub(super) async fn next_batch(
        &self,
        least: usize,
        most: usize,
        patience: Duration,
    ) -> Option<DeliveredBatch<S>> {
        let mut deliveries = self.deliveries.lock().await;
        let mut batch = vec![deliveries.recv().await?];
        let deadline = Instant::now() + patience;
        let started = SystemTime::now();
        while batch.len() < most {
            let more = match deliveries.try_recv() {
                Ok(more) => Some(more),
                Err(_) if batch.len() >= least => None,
                Err(_) => tokio::select! {
                    more = deliveries.recv() => more,
                    () = self.client.pace.sleep_until(deadline) => None,
                },
            };
            let Some(more) = more else { break };
            batch.push(more);
        }
        let mut receive = self.client.tracer.receive_batch(started);
        let (mut messages, mut tickets) = (Vec::new(), Vec::new());
        for delivery in batch {
            let (message, ticket, _) = delivery.into_parts();
            let received = self.client.tracer.received(message);
            receive.add(&received);
            messages.push(received);
            tickets.push(ticket);
        }
        Some(DeliveredBatch { received: messages, _tickets: tickets })
    }

    /// Tells the broker that a message was handled.
    pub(super) fn accept(&self, delivered: &Delivered<S>) {
        if let Some((accept, _)) = S::SETTLEMENTS {
            self.settle(accept, delivered);
        }
    }

    /// Tells the broker that a message was not handled: it is delivered again, after a while.
    pub(super) fn refuse(&self, delivered: &Delivered<S>, after: Duration) {
        if let Some((_, refuse)) = S::SETTLEMENTS {
            self.settle(refuse, delivered);
        }
        // A queue that is full loses it, as a broker with a limit does.
        let _ = self.client.broker.requeue(delivered.received.message(), delivered.group, after);
    }

    fn settle(&self, word: &'static str, delivered: &Delivered<S>) {
        let received = &delivered.received;
        self.client.tracer.settle_received(word, &received.message().info(), received).end();
    }
}
