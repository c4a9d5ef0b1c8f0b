//! Service levels from the outside: a file and journeys go in, a report comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod format;
mod guide;
mod order_pipeline;
mod program;
mod reports;
#[path = "../samples/mod.rs"]
mod samples;
mod shop;
mod verdicts;
mod wire;
