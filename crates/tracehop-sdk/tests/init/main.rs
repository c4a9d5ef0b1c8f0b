//! All signals set up in one call, with nothing of the process changed: a dispatch in place of the global subscriber.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod arrives;
#[path = "../support/endpoints.rs"]
mod endpoints;
mod ends;
mod lines;
mod lost_spans;
mod mail;
mod mistakes;
#[cfg(feature = "redaction")]
mod redaction;
mod resource;
mod runtimes;
mod text_map;
#[path = "../support/lines.rs"]
mod written;
