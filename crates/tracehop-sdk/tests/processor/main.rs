//! The span processor from the outside: spans go in, batches and counts come out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bounds;
mod deadlines;
mod delivery;
mod exporters;
mod internal_log;
mod losses;
mod otlp;
mod panics;
mod runtimes;
mod shutdown;
