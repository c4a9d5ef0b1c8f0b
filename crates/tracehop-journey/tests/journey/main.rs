//! Journeys from the outside: spans go into an index, text and numbers come out.
#![allow(clippy::unwrap_used, reason = "tests")]

mod batches_of_batches;
mod bounds;
mod consistency;
mod critical_path;
mod dependencies;
mod hops;
mod hostile;
mod joins;
mod losses;
mod outcomes;
mod scenarios;
mod table;
mod unmatched;
mod walks;
mod waterfall;
