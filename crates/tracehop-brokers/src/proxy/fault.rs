//! What can be wrong with a network.

use std::time::Duration;

use super::direction::Direction;

/// Something that is wrong with the way between a client and its server.
///
/// A fault is made here and happens where it is applied: to all connections by [`FaultProxy::apply`], or to one by
/// [`ProxyConnection::apply`]. It is for both directions, or for one with [`of`](Self::of).
///
/// | Fault | What happens | How long |
/// |---|---|---|
/// | [`latency`](Self::latency) | All that comes is passed on so much later | until it is healed |
/// | [`jitter`](Self::jitter) | All that comes is passed on at random up to so much later | until it is healed |
/// | [`bandwidth`](Self::bandwidth) | No more than so many bytes pass in a second | until it is healed |
/// | [`black_hole`](Self::black_hole) | Nothing passes, and connections stay | until it is healed |
/// | [`slow_close`](Self::slow_close) | The end of a stream is passed on so much later | until it is healed |
/// | [`refuse`](Self::refuse) | Nobody takes a new connection | until it is healed |
/// | [`outage`](Self::outage) | Connections end, and nobody takes a new one | until it is healed |
/// | [`cut`](Self::cut) | Connections end | at once |
/// | [`reset`](Self::reset) | Connections are reset | at once |
///
/// Faults of different kinds are combined. One takes the place of another one of its kind in the same direction.
///
/// ```
/// use std::time::Duration;
/// use tracehop_brokers::{Direction, Fault};
///
/// let slow = Fault::latency(Duration::from_millis(50));
/// let half_open = Fault::black_hole().of(Direction::ToClient);
/// assert_ne!(slow, half_open);
/// ```
///
/// [`FaultProxy::apply`]: crate::FaultProxy::apply
/// [`ProxyConnection::apply`]: crate::ProxyConnection::apply
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a fault happens when it is applied"]
pub struct Fault {
    effect: Effect,
    /// None is both.
    direction: Option<Direction>,
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effect {
    Latency(Duration),
    Jitter(Duration),
    /// Bytes in a second.
    Bandwidth(u64),
    BlackHole,
    SlowClose(Duration),
    Refuse,
    Outage,
    Cut,
    Reset,
}

impl Fault {
    /// All that comes, and the end of a stream too, is passed on so much later. A connection that is made is made at once.
    ///
    /// As much as [`FaultProxy::MAX_HELD`](crate::FaultProxy::MAX_HELD) bytes can be on their way at the same time, which
    /// limits what passes in a second: 20 MiB with 50 milliseconds.
    pub const fn latency(latency: Duration) -> Self {
        Self::new(Effect::Latency(latency))
    }

    /// All that comes is passed on at random up to so much later, and later by the [`latency`](Self::latency) too. The order
    /// stays, as it does over TCP: what comes next waits for what is late.
    pub const fn jitter(most: Duration) -> Self {
        Self::new(Effect::Jitter(most))
    }

    /// No more than so many bytes a second pass, over each connection and in each direction. With 0 nothing passes, as in a
    /// [`black_hole`](Self::black_hole).
    pub const fn bandwidth(bytes_per_second: u64) -> Self {
        Self::new(Effect::Bandwidth(bytes_per_second))
    }

    /// Nothing passes, not even that one side has closed the connection. Connections stay, and new ones are made, over which
    /// nothing passes either. When it is healed, what was held up is passed on in its order.
    ///
    /// With `.of(Direction::ToClient)` the connection is half-open: the server hears, and is not heard.
    pub const fn black_hole() -> Self {
        Self::new(Effect::BlackHole)
    }

    /// That one side has closed its stream is passed on so much later.
    pub const fn slow_close(delay: Duration) -> Self {
        Self::new(Effect::SlowClose(delay))
    }

    /// Who wants a new connection is refused. The connections that there are stay; with an
    /// [`outage`](Self::outage) they do not.
    ///
    /// Nobody else gets the port meanwhile. On Unix nobody listens there, as if the server was stopped. On other systems a
    /// connection is made and reset at once, because a port can only be kept by listening there.
    ///
    /// A direction changes nothing, and nor does one connection: it is about those that are not made yet.
    pub const fn refuse() -> Self {
        Self::new(Effect::Refuse)
    }

    /// The connections that there are are [`cut`](Self::cut), and who wants a new one is [refused](Self::refuse), as if the
    /// server was stopped. When it is healed, the server is there again.
    ///
    /// A direction changes nothing. For one connection it is a cut.
    pub const fn outage() -> Self {
        Self::new(Effect::Outage)
    }

    /// The connection ends as if the process on the other side did: both sides read the end of the stream, and are reset if
    /// they go on to send. What was held up is lost. New connections are made as before.
    ///
    /// With `.of(direction)` the stream ends in this direction only. What still comes in it is lost; the other direction goes
    /// on.
    pub const fn cut() -> Self {
        Self::new(Effect::Cut)
    }

    /// The connection is reset (`RST`), as if a machine was started again or a firewall had forgotten it: both sides fail with
    /// [`ConnectionReset`](std::io::ErrorKind::ConnectionReset). What was held up is lost.
    ///
    /// With `.of(direction)` the side to which this direction goes is reset; the other one reads the end of the stream.
    pub const fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// The same fault, in this direction only.
    pub const fn of(self, direction: Direction) -> Self {
        Self { direction: Some(direction), ..self }
    }

    const fn new(effect: Effect) -> Self {
        Self { effect, direction: None }
    }

    pub(super) fn effect(self) -> Effect {
        self.effect
    }

    /// None is both.
    pub(super) fn direction(self) -> Option<Direction> {
        self.direction.filter(|_| !matches!(self.effect, Effect::Refuse | Effect::Outage))
    }
}
