//! The exporter from the outside: spans go in, bytes and numbers come out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod equality;
mod spans;
