//! Metrics and logs, each set up alone: settings and variables go in, and what is recorded arrives at a server for OTLP.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![allow(clippy::similar_names, reason = "a receiver has received")]

#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod ends;
mod given;
#[cfg(feature = "internal-logs")]
mod internal_log;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod otlp;
#[path = "../support/receiver.rs"]
mod receiver;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod runtimes;
