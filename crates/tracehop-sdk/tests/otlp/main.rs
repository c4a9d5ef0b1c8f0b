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
mod encoded;
mod equality;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-grpc")]
mod grpc_faults;
#[cfg(feature = "otlp-grpc")]
mod grpc_server;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(feature = "otlp-http")]
mod http_faults;
#[cfg(feature = "otlp-http")]
#[path = "../support/http_server.rs"]
mod http_server;
#[cfg(feature = "internal-logs")]
#[path = "../support/log.rs"]
mod log;
#[cfg(feature = "internal-logs")]
mod outages;
mod provider;
mod spans;
#[cfg(all(feature = "tls", feature = "otlp-http", feature = "otlp-grpc"))]
mod tls;
mod variables;
