//! A real rdkafka client and a broker inside the process: whole hops.

mod client;
mod cpu;
mod rounds;
mod style;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::arguments::Filter;
use crate::case::{Side, Sides};
use crate::provider::{Mode, Tracers};

use client::Bench;
use style::Style;

pub(crate) use rounds::{Bare, Hops};

/// How much is sent and received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Messages sent in one slice, and received: receiving is ten times as fast. The embedded broker forgets a
    /// partition's messages beyond 5 MB.
    sent: u32,
    received: u32,
    /// How often all styles take turns, there and back.
    rounds: u32,
    /// Messages that are counted.
    counted: u32,
}

impl Size {
    pub(crate) const FULL: Self = Self { sent: 20_000, received: 40_000, rounds: 6, counted: 20_000 };
    pub(crate) const QUICK: Self = Self { sent: 20, received: 20, rounds: 1, counted: 20 };

    fn slice(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Send => self.sent,
            Direction::Receive => self.received,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Send,
    Receive,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::Send, Self::Receive];
}

/// What a row of the table is called, and a line of the counting program.
pub(crate) fn row_name(direction: Direction, mode: Mode) -> String {
    let direction = match direction {
        Direction::Send => "Kafka send",
        Direction::Receive => "Kafka receive + process",
    };
    format!("{direction}, {}", mode.name())
}

/// Throughput and CPU time, all styles taking turns.
pub(crate) fn throughput(size: Size, filter: &Filter) -> anyhow::Result<Hops> {
    let mut hops = Vec::new();
    if !filter.allows("Kafka") {
        return Ok(Hops(hops));
    }
    let bench = Bench::start(size.received)?;
    for mode in Mode::ALL {
        let exported = Arc::new(AtomicU64::new(0));
        let client = bench.client(mode, Tracers::batching(mode, &exported))?;
        for direction in Direction::ALL {
            hops.push(rounds::run(&bench, &client, direction, size, &exported)?);
        }
    }
    Ok(Hops(hops))
}

/// Allocations by message above the bare client's, told to `say`.
pub(crate) fn allocations(
    size: Size,
    read: impl Fn() -> usize,
    say: impl Fn(&str, Side, f64),
) -> anyhow::Result<()> {
    let bench = Bench::start(size.counted)?;
    for mode in Mode::ALL {
        let client = bench.client(mode, Tracers::discarding(mode))?;
        for direction in Direction::ALL {
            let count = |style| {
                bench.slice(&client, direction, style, size.counted)?;
                let before = read();
                bench.slice(&client, direction, style, size.counted)?;
                anyhow::Ok((read() - before) as f64 / f64::from(size.counted))
            };
            let bare = count(Style::Bare)?;
            for (side, style) in Style::OF_SIDES {
                say(&row_name(direction, mode), side, count(style)? - bare);
            }
        }
    }
    Ok(())
}

/// Figures of the styles that are compared with the bare client.
fn by_side(of: impl Fn(Style) -> Option<f64>) -> Sides {
    Sides::collect(|side| {
        Style::OF_SIDES.iter().find(|(known, _)| *known == side).and_then(|(_, style)| of(*style))
    })
}
