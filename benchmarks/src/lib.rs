//! What a hop costs with tracehop, beside the bare client and beside the same written by hand.
//!
//! `cargo bench -p benchmarks` prints one table; how to read it is in the README.
//!
//! # Layout
//!
//! - what is measured: `codec`, `headers`, `spans`, `after` (each a list of `case`s), `kafka` (a real client and broker)
//! - who does it: `ours` (tracehop), `by_hand` (the same on OpenTelemetry's API), `floor` (the least there is to do)
//! - with what: `provider` (SDKs), `mode` (which of them), `traceparent` (the span that travels)
//! - how: `measure` (interleaved times), `allocations` (a second process that counts), `instructions` (valgrind)
//! - what is asked: `goals`; what is printed: `report`, `table`
//! - what may not change by accident: `operations`, counted by `tests/allocations.rs`

#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "counts and nanoseconds, none near 2^52")]

mod after;
mod allocations;
mod arguments;
mod by_hand;
mod case;
mod codec;
mod discard;
mod fickle;
mod floor;
mod goals;
mod headers;
mod instructions;
mod kafka;
#[cfg(test)]
mod keep;
mod measure;
mod mode;
mod operations;
mod ours;
mod provider;
mod report;
mod sides;
mod spans;
mod table;
mod traceparent;
mod transports;

use std::time::Duration;

use crate::allocations::{Counts, Scope};
use crate::arguments::{Command, Filter};
use crate::case::Case;
use crate::kafka::Hops;

pub use case::Work;

/// How long each case's times are taken.
const TIME_BUDGET: Duration = Duration::from_millis(500);

/// Measures what the command line asks for and prints the table. `counts` is the program that counts allocations.
///
/// # Errors
///
/// A broker, a client or the counting program cannot be started. A missed goal is not an error.
pub fn run(counts: &str) -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Quick => quick(counts),
        Command::Full(filter) => full(counts, &filter),
        Command::Instructions(filter) => instructions(counts, &filter),
        Command::One { case, side, times } => {
            if let Some(case) = cases().get_mut(case) {
                case.run(side, times);
            }
            Ok(())
        }
        Command::Broker => kafka::serve(),
    }
}

/// Counts the allocations of everything and prints them for [`run`] to read. `read` is the allocator's count so far.
///
/// # Errors
///
/// A broker or a client cannot be started.
pub fn count(read: impl Fn() -> usize) -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Broker => kafka::serve(),
        _ => allocations::count(cases(), read),
    }
}

/// tracehop's operations by name; each does its work as often as it is told.
pub fn operations() -> Vec<(String, Work)> {
    operations::all()
}

/// Every measurement that needs no broker.
fn cases() -> Vec<Case> {
    [codec::cases(), headers::cases(), spans::cases(), after::cases(), transports::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Runs everything once, to prove that it works.
fn quick(counts: &str) -> anyhow::Result<()> {
    let mut cases = cases();
    cases.iter_mut().for_each(Case::run_once);
    kafka::throughput(kafka::Size::QUICK, &Filter::default())?;
    Counts::take(counts, Scope::Quick)?;
    println!("benchmarks: {} measurements without a broker and all with one ran once", cases.len());
    Ok(())
}

fn full(counts: &str, filter: &Filter) -> anyhow::Result<()> {
    eprintln!("counting allocations ...");
    let counts = Counts::take(counts, Scope::All)?;
    eprintln!("counting instructions ...");
    let mut cases = cases();
    let exact = instructions::take(&cases, |case| filter.allows(case.name))?.unwrap_or_default();
    eprintln!("taking times ...");
    let mut rows = Vec::new();
    for (index, case) in cases.iter_mut().enumerate().filter(|(_, case)| filter.allows(case.name)) {
        let times = measure::times(case, TIME_BUDGET);
        let exact = exact.get(index).and_then(Option::as_ref);
        rows.extend(report::case_rows(case, Some(times), counts.of(case.name), exact));
    }
    rows.push(report::size_row());
    eprintln!("sending and receiving ...");
    let hops = kafka::throughput(kafka::Size::FULL, filter)?;
    rows.extend(report::client_rows(&counts, &hops));
    println!("\n{}\n{}", table::render(&rows), report::notes(&rows, &hops));
    Ok(())
}

/// What is the same on every machine and in every run: allocations and, with valgrind, instructions.
fn instructions(counts: &str, filter: &Filter) -> anyhow::Result<()> {
    let counts = Counts::take(counts, Scope::WithoutBroker)?;
    let cases = cases();
    let exact = instructions::take(&cases, |case| filter.allows(case.name))?;
    if exact.is_none() {
        println!("valgrind was not found: instructions are not counted");
    }
    let exact = exact.unwrap_or_default();
    let mut rows = Vec::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| filter.allows(case.name)) {
        let exact = exact.get(index).and_then(Option::as_ref);
        rows.extend(report::case_rows(case, None, counts.of(case.name), exact));
    }
    rows.push(report::size_row());
    println!("\n{}\n{}", table::render(&rows), report::notes(&rows, &Hops::default()));
    Ok(())
}
