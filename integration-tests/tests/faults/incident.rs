//! What happens to a connection.

use std::time::Duration;

use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::book::Book;
use crate::load::{IN_FLIGHT, MESSAGES};

/// What happens to the connection while messages are in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Incident {
    /// It ends.
    Cut,
    /// The broker's answers no longer come, and then it ends.
    HalfOpen,
    /// Nothing passes any more, and then it ends.
    BlackHole,
    /// Nothing passes for a while, as if the broker was paused.
    Pause,
    /// It ends, and for a while nobody takes a new one, as if the broker was stopped and started again.
    Outage,
}

impl Incident {
    /// Lets it happen when half of the messages are sent; the others are sent into it. What is in flight is lost with the
    /// connection when it `is_on_its_way`: an open span does not say that the client has written its message yet.
    pub(crate) async fn strike(self, proxy: &FaultProxy, book: &Book, is_on_its_way: impl AsyncFnOnce()) {
        book.confirmed(MESSAGES / 2).await;
        match self {
            // Slow enough that it happens between a send and its answer.
            Self::Cut => proxy.apply(Fault::latency(Duration::from_millis(5))),
            Self::HalfOpen => proxy.apply(Fault::black_hole().of(Direction::ToClient)),
            Self::BlackHole | Self::Pause => proxy.apply(Fault::black_hole()),
            Self::Outage => proxy.apply(Fault::outage()),
        }
        book.open_gate();
        match self {
            Self::Cut => book.confirmed(MESSAGES / 2 + 1).await,
            // Either the client tells of it, or it waits.
            Self::Outage => book.in_flight_or_failed(IN_FLIGHT).await,
            // All that may be in flight now is, and none of it has an answer.
            _ => book.in_flight(IN_FLIGHT).await,
        }
        is_on_its_way().await;
        // What was held up is lost with the connection.
        if matches!(self, Self::Cut | Self::HalfOpen | Self::BlackHole) {
            proxy.apply(Fault::cut());
        }
        proxy.heal();
    }
}
