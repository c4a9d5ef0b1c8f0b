//! The search box from the outside: text goes in, journeys come out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod completion;
mod finding;
mod grammar;
mod properties;
#[path = "../samples/mod.rs"]
mod samples;
