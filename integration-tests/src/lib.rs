//! tracehop against real brokers: where they come from.
//!
//! The tests ask [`brokers`] for a broker. The program `with-brokers` starts what is missing, runs a command with the
//! addresses in its environment, and stops what it started: `cargo xtask test` runs the tests so.

#![forbid(unsafe_code)]

pub mod brokers;
pub mod native;
mod process;

pub use process::Process;
