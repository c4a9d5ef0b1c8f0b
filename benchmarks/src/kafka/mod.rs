//! A real rdkafka client, and a broker in a process of its own: whole hops.

mod broker;
mod client;
mod clock;
mod direction;
mod rounds;
mod size;
mod style;
mod topics;
mod traced;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::arguments::Filter;
use crate::mode::Mode;
use crate::provider::Tracers;
use crate::sides::Side;

use client::Bench;
use style::Style;

pub(crate) use broker::serve;
pub(crate) use direction::{Direction, row_name};
pub(crate) use rounds::{Hop, Hops};
pub(crate) use size::Size;

/// Throughput and CPU time, all styles taking turns.
pub(crate) fn throughput(size: Size, filter: &Filter) -> anyhow::Result<Hops> {
    if !filter.allows("Kafka") {
        return Ok(Hops::default());
    }
    let bench = Bench::start(size.received)?;
    let mut sittings = Vec::new();
    for _ in 0..size.sittings {
        for mode in Mode::ALL {
            let exported = Arc::new(AtomicU64::new(0));
            let client = bench.client(mode, Tracers::batching(mode, &exported))?;
            for direction in Direction::ALL {
                sittings.push(rounds::sit(&bench, &client, direction, size, &exported)?);
            }
        }
    }
    let hops = Mode::ALL.into_iter().flat_map(|mode| Direction::ALL.map(|direction| (direction, mode)));
    Ok(Hops(hops.map(|(direction, mode)| rounds::sum_up(direction, mode, &sittings)).collect()))
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
