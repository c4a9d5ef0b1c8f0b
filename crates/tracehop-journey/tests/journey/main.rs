//! Journeys from the outside: spans go into an index, text and numbers come out.
#![allow(clippy::unwrap_used, reason = "tests")]

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
mod walks;
mod waterfall;
mod without_send;
