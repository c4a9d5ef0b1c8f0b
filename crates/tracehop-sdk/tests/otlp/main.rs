//! The exporter from the outside: spans go in, bytes and numbers come out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod block_on;
mod counts;
mod delivery;
mod equality;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(feature = "otlp-http")]
mod http_faults;
#[cfg(feature = "otlp-http")]
mod http_server;
mod spans;
mod variables;
