//! What a hop costs with tracehop, beside the bare client and beside the same written by hand.
//!
//! `cargo bench -p benchmarks` prints one table; how to read it is in the README.
//!
//! # Layout
//!
//! - what is measured: `codec`, `headers`, `spans` (each a list of `case`s), `kafka` (a real client and broker)
//! - what it is measured against: `by_hand` (the same on OpenTelemetry's API alone)
//! - how: `measure` (interleaved times), `allocations` (a second process that counts), `instructions` (valgrind)
//! - what is asked: `goals`; what is printed: `report`, `table`

#![forbid(unsafe_code)]
#![allow(clippy::cast_precision_loss, reason = "counts and nanoseconds, none near 2^52")]

mod allocations;
mod arguments;
mod by_hand;
mod case;
mod codec;
mod goals;
mod headers;
mod instructions;
mod kafka;
mod measure;
mod provider;
mod report;
mod spans;
mod table;

use std::time::Duration;

use crate::allocations::Counts;
use crate::arguments::{Command, Filter};
use crate::case::Case;

/// How long each case's times are taken.
const TIME_BUDGET: Duration = Duration::from_millis(500);

/// Measures everything and prints the table. `counts` is the program that counts allocations.
///
/// # Errors
///
/// A broker, a client or the counting program cannot be started. A missed goal is not an error.
pub fn run(counts: &str) -> anyhow::Result<()> {
    match Command::from_env()? {
        Command::Quick => quick(counts),
        Command::Full(filter) => full(counts, &filter),
        Command::One { case, side, times } => {
            if let Some(case) = cases().get_mut(case) {
                case.run(side, times);
            }
            Ok(())
        }
    }
}

/// Counts the allocations of everything and prints them for [`run`] to read. `read` is the allocator's count so far.
///
/// # Errors
///
/// A broker or a client cannot be started.
pub fn count(read: impl Fn() -> usize) -> anyhow::Result<()> {
    allocations::count(cases(), read)
}

/// Every measurement that needs no broker.
fn cases() -> Vec<Case> {
    [codec::cases(), headers::cases(), spans::cases()].into_iter().flatten().collect()
}

/// Runs everything once, to prove that it works.
fn quick(counts: &str) -> anyhow::Result<()> {
    let mut cases = cases();
    cases.iter_mut().for_each(Case::run_once);
    kafka::throughput(kafka::Size::QUICK, &Filter::default())?;
    Counts::take(counts, true)?;
    println!("benchmarks: {} measurements without a broker and all with one ran once", cases.len());
    Ok(())
}

fn full(counts: &str, filter: &Filter) -> anyhow::Result<()> {
    eprintln!("counting allocations ...");
    let counts = Counts::take(counts, false)?;
    eprintln!("taking times ...");
    let mut rows = Vec::new();
    for (index, case) in cases().iter_mut().enumerate().filter(|(_, case)| filter.allows(case.name)) {
        let times = measure::times(case, TIME_BUDGET);
        let exact = instructions::take(case, index)?;
        rows.extend(report::case_rows(case, times, counts.of(case.name), exact.as_ref()));
    }
    rows.push(report::size_row());
    eprintln!("sending and receiving ...");
    let hops = kafka::throughput(kafka::Size::FULL, filter)?;
    rows.extend(report::client_rows(&counts, &hops));
    println!("\n{}\n{}", table::render(&rows), report::notes(&rows, &hops));
    Ok(())
}
