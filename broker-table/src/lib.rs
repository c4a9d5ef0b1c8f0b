//! The brokers that tracehop's own tools know: [`each_broker!`] is the one list of them.
//!
//! `xtask` and the integration tests take from here what is true of a broker wherever it is named: its name, the
//! variables that speak of it, its image. How to install, start and greet one is in a file of each of them, called by the
//! broker's name: `xtask/src/recipes` and `crates/tracehop-brokers/src/recipes`.

#![forbid(unsafe_code)]

mod broker;
mod environment;
mod table;

pub use broker::{Broker, UnknownBroker};
pub use environment::set;
