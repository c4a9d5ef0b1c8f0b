//! One connection as others see it.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::conditions::Conditions;
use super::direction::Direction;
use super::fault::Fault;
use super::faults::Faults;
use super::per_direction::PerDirection;
use super::queue::Queue;

/// One connection, as those see it who change it from outside.
#[derive(Debug)]
pub(super) struct Link {
    /// Counted from 0.
    pub(super) number: usize,
    pub(super) client: SocketAddr,
    orders: watch::Sender<Orders>,
    progress: watch::Sender<Progress>,
    queues: PerDirection<Mutex<Queue>>,
}

/// What is asked of it.
#[derive(Debug, Default)]
pub(super) struct Orders {
    faults: Faults,
    ending: Option<Ending>,
    cut: PerDirection<bool>,
}

/// What became of it.
#[derive(Debug, Default)]
struct Progress {
    /// It has two sides.
    carries: bool,
    /// The end of the stream was passed on.
    ended: PerDirection<bool>,
    /// Its sockets are closed.
    over: bool,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    Orderly,
    /// For the side to which this direction goes, or for both.
    Reset(Option<Direction>),
}

impl Link {
    pub(super) fn new(number: usize, client: SocketAddr) -> Self {
        Self {
            number,
            client,
            orders: watch::Sender::default(),
            progress: watch::Sender::default(),
            queues: PerDirection::default(),
        }
    }

    pub(super) fn queue(&self, direction: Direction) -> MutexGuard<'_, Queue> {
        self.queues.of(direction).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when something is asked of it.
    pub(super) fn orders(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }

    /// Wakes those who wait for changes.
    pub(super) fn wake(&self) {
        self.orders.send_modify(|_| {});
    }

    pub(super) fn conditions(&self, direction: Direction) -> Conditions {
        self.orders.borrow().faults.conditions(direction)
    }

    pub(super) fn is_cut(&self, direction: Direction) -> bool {
        *self.orders.borrow().cut.of(direction)
    }

    /// Returns the version.
    pub(super) fn apply(&self, fault: Fault, for_a_time: bool) -> u64 {
        let mut version = 0;
        self.orders.send_modify(|orders| version = orders.faults.apply(fault, for_a_time));
        version
    }

    pub(super) fn expire(&self, version: u64) {
        self.orders.send_modify(|orders| orders.faults.expire(version));
    }

    pub(super) fn heal(&self) {
        self.orders.send_modify(|orders| orders.faults.heal());
    }

    /// Asks it to end. The first who asks says how.
    pub(super) fn end(&self, ending: Ending) {
        self.orders.send_modify(|orders| {
            orders.ending.get_or_insert(ending);
        });
    }

    /// Asks it to end in one direction.
    pub(super) fn cut(&self, direction: Direction) {
        self.orders.send_modify(|orders| *orders.cut.of_mut(direction) = true);
    }

    /// Returns when it is asked to end.
    pub(super) async fn ending(&self) -> Ending {
        let mut orders = self.orders.subscribe();
        loop {
            if let Some(ending) = orders.borrow_and_update().ending {
                return ending;
            }
            let _ = orders.changed().await;
        }
    }

    pub(super) fn set_carries(&self) {
        self.progress.send_modify(|progress| progress.carries = true);
    }

    pub(super) fn set_ended(&self, direction: Direction) {
        self.progress.send_modify(|progress| *progress.ended.of_mut(direction) = true);
    }

    pub(super) fn has_ended(&self, direction: Direction) -> bool {
        *self.progress.borrow().ended.of(direction)
    }

    pub(super) fn set_over(&self) {
        for direction in Direction::BOTH {
            self.queue(direction).clear();
        }
        self.progress.send_modify(|progress| progress.over = true);
    }

    pub(super) fn is_over(&self) -> bool {
        self.progress.borrow().over
    }

    /// Returns when its sockets are closed.
    pub(super) async fn over(&self) {
        let _ = self.progress.subscribe().wait_for(|progress| progress.over).await;
    }

    /// Returns when nothing more is passed on in this direction.
    pub(super) async fn ended(&self, direction: Direction) {
        let ended = |progress: &Progress| !progress.carries || progress.over || *progress.ended.of(direction);
        let _ = self.progress.subscribe().wait_for(ended).await;
    }
}
