//! A broker in memory. It knows nothing of tracing.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;
use tracehop::MemoryHeaders;

use super::in_flight::{InFlight, Ticket};
use super::message::Message;
use super::order::Order;
use super::problem::Problem;
use super::system::System;

/// How many messages wait in a partition before it is full.
const ROOM: usize = 10_000;

/// A broker in memory: queues with partitions, and a copy of each message for each group of consumers.
#[derive(Debug)]
pub(super) struct Broker<S> {
    queues: HashMap<&'static str, Queue<S>>,
    in_flight: InFlight,
}

#[derive(Debug)]
struct Queue<S> {
    /// Of each partition, the next place.
    places: Vec<AtomicU64>,
    /// Of each group, its partitions.
    groups: Vec<Vec<Sender<Delivery<S>>>>,
}

/// A message on its way to one group.
#[derive(Debug)]
pub(super) struct Delivery<S> {
    pub(super) message: Message<S>,
    pub(super) ticket: Ticket,
    group: usize,
}

impl<S: System> Broker<S> {
    pub(super) fn new(in_flight: InFlight) -> Self {
        Self { queues: HashMap::new(), in_flight }
    }

    /// Makes a queue.
    pub(super) fn declare(&mut self, queue: &'static str, partitions: u16) {
        let places = (0..partitions.max(1)).map(|_| AtomicU64::new(0)).collect();
        self.queues.insert(queue, Queue { places, groups: Vec::new() });
    }

    /// Adds a group of consumers to a queue: what comes from now on is delivered to it, by partition.
    pub(super) fn subscribe(&mut self, queue: &'static str) -> Vec<Receiver<Delivery<S>>> {
        let Some(queue) = self.queues.get_mut(queue) else { return Vec::new() };
        let (senders, receivers) = queue.places.iter().map(|_| channel(ROOM)).unzip();
        queue.groups.push(senders);
        receivers
    }

    /// A message that is not sent yet. Those of one user have one partition.
    pub(super) fn message(&self, queue: &'static str, order: Order, wait: Duration) -> Message<S> {
        let places = self.queues.get(queue).map(|queue| &*queue.places).unwrap_or_default();
        let partition = order.user.checked_rem(places.len() as u64).unwrap_or_default();
        let partition = u16::try_from(partition).unwrap_or_default();
        let place = places.get(usize::from(partition));
        let place = place.map(|next| next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        Message {
            queue,
            partition,
            place,
            id: format!("{queue}-{partition}-{place}"),
            headers: MemoryHeaders::new(),
            order,
            stored: Instant::now(),
            wait,
            deliveries: 0,
            system: PhantomData,
        }
    }

    /// Stores a message for all groups.
    pub(super) fn store(&self, mut message: Message<S>) -> Result<(), Problem> {
        message.stored = Instant::now();
        message.deliveries = 1;
        let groups = self.queues.get(message.queue).map(|queue| queue.groups.len()).unwrap_or_default();
        (0..groups).try_for_each(|group| self.deliver(message.clone(), group))
    }

    /// Delivers a message again, to the group that did not handle it.
    pub(super) fn requeue(&self, message: &Message<S>, group: usize, after: Duration) -> Result<(), Problem> {
        let deliveries = message.deliveries + 1;
        let again = Message { stored: Instant::now(), wait: after, deliveries, ..message.clone() };
        self.deliver(again, group)
    }

    fn deliver(&self, message: Message<S>, group: usize) -> Result<(), Problem> {
        let groups = self.queues.get(message.queue).map(|queue| &*queue.groups).unwrap_or_default();
        let partition =
            groups.get(group).and_then(|partitions| partitions.get(usize::from(message.partition)));
        let ticket = self.in_flight.ticket();
        let is_there =
            partition.is_some_and(|sender| sender.try_send(Delivery { message, ticket, group }).is_ok());
        if is_there { Ok(()) } else { Err(Problem::QueueFull) }
    }
}

impl<S> Delivery<S> {
    pub(super) fn into_parts(self) -> (Message<S>, Ticket, usize) {
        (self.message, self.ticket, self.group)
    }
}
