//! What a hop costs with tracehop, beside the bare client and beside the same written by hand.
//!
//! `cargo bench -p benchmarks` prints the tables; how to read them is in the README.
//!
//! # Layout
//!
//! - what is measured without a broker: `codec`, `headers`, `spans`, `batches`, `after`, `transports` (each a list of `case`s)
//! - who does it: `ours` (tracehop), `by_hand` (the same on OpenTelemetry's API), `floor` (the least there is to do)
//! - with what: `provider` (SDKs), `mode` (which of them), `traceparent` (the span that travels)
//! - how: `measure` (interleaved times), `allocations` (a second process that counts), `instructions` (valgrind)
//! - what is measured with one: `clients`, against `servers`; with very many messages: `scale`; in other languages: `peers`;
//!   how long the slowest sends take: `tail`
//! - what is asked: `goals`, `verdict`; what is said: `report`, `table`, `goal_table`, `chart`, `results`, on which `machine`, and with a `pin` on which core
//! - in which order: `full`, which tells its `progress`; `exact` and `once` are shorter runs
//! - what may not change by accident: `operations`, counted by `tests/allocations.rs`

#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "counts and nanoseconds, none near 2^52")]

mod after;
mod allocations;
mod arguments;
mod batches;
mod by_hand;
mod case;
mod chart;
mod clients;
mod codec;
mod discard;
mod exact;
mod features;
mod fickle;
mod floor;
mod full;
mod goal_table;
mod goals;
mod headers;
mod instructions;
#[cfg(test)]
mod keep;
mod machine;
mod measure;
mod mode;
mod once;
mod operations;
mod ours;
mod peers;
mod pin;
mod progress;
mod provider;
mod report;
mod results;
mod scale;
mod servers;
mod sides;
mod spans;
mod table;
mod tail;
mod traceparent;
mod transports;
mod verdict;

use crate::arguments::Command;
use crate::case::Case;

pub use case::Work;
pub use full::Programs;
pub use servers::serve;

/// Measures what the command line asks for and prints the tables.
///
/// # Errors
///
/// A server, a client or another program cannot be started. A missed goal is not an error.
pub fn run(programs: Programs<'_>) -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Once => once::run(programs, cases()),
        Command::Full(request) => full::run(programs, cases(), &request),
        Command::Instructions(filter) => exact::run(programs, &cases(), &filter),
        Command::One { case, side, times } => {
            if let Some(case) = cases().get_mut(case) {
                case.run(side, times);
            }
            Ok(())
        }
        Command::Worker(task) => clients::work(&task, || 0),
        Command::Tail(load) => load.run(),
        Command::Scale(stretch) => {
            stretch.run();
            Ok(())
        }
    }
}

/// Counts the allocations of everything and prints them for [`run`] to read. `read` is the allocator's count so far.
///
/// # Errors
///
/// A client cannot be started.
pub fn count(read: impl Fn() -> usize) -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Worker(task) => return clients::work(&task, read),
        Command::Tail(load) => return load.run(),
        _ => {}
    }
    allocations::count(cases(), read);
    Ok(())
}

/// Does what the command line tells a worker, and nothing else: for programs that have another allocator.
///
/// # Errors
///
/// The command line asks for something else, or the client fails.
pub fn work() -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Worker(task) => clients::work(&task, || 0),
        _ => anyhow::bail!("this program is a worker of the benchmarks"),
    }
}

/// tracehop's operations by name; each does its work as often as it is told.
pub fn operations() -> Vec<(String, Work)> {
    operations::all()
}

/// Every measurement that needs no broker.
fn cases() -> Vec<Case> {
    let all = [
        codec::cases(),
        headers::cases(),
        spans::cases(),
        after::cases(),
        transports::cases(),
        batches::cases(),
        features::cases(),
    ];
    all.into_iter().flatten().collect()
}
