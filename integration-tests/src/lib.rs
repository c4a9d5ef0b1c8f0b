//! tracehop against real brokers: where they come from.
//!
//! The tests ask [`brokers`] for the address of a broker. The program `with-brokers` finds each broker where its
//! [`Options`] say, runs a command with the addresses in its environment, and stops what it started:
//! `cargo xtask test` runs the tests so. A test that breaks its broker starts one of its own, from [`native`].
//!
//! # Layout
//!
//! - [`Broker`]: the brokers, and the variables that speak of each; from `broker-table`, which `xtask` uses too.
//! - [`brokers`]: what a test reads from its environment.
//! - `recipes`: how each broker is run and greeted, a file for each.
//! - [`Options`], [`Source`]: what is asked for, and the order in which the sources are tried.
//! - [`Session`]: the brokers of one run, each a [`Running`]; it stops them.
//! - [`docker`], [`native`]: two of the sources. The third, a given address, needs no code but the check that
//!   somebody answers.
//! - [`handshake`]: the first words of each broker's protocol.
//! - [`polled`]: drops a future after some polls.
//! - [`Process`], [`Group`]: child processes that do not outlive their owner; [`Signals`]: what ends the owner.

#![forbid(unsafe_code)]

pub mod brokers;
pub mod docker;
mod group;
pub mod handshake;
mod last_words;
pub mod native;
mod options;
mod polled;
mod ports;
mod process;
mod recipes;
mod running;
mod session;
mod signals;
mod source;

pub use broker_table::Broker;
pub use group::Group;
pub use options::Options;
pub use polled::polled;
pub use process::Process;
pub use running::Running;
pub use session::Session;
pub use signals::Signals;
pub use source::Source;
