//! Metrics and logs, each set up alone: settings and variables go in, and what is recorded arrives at a server for OTLP.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/endpoints.rs"]
mod endpoints;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod ends;
mod given;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod grpc_logs;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod headers;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
#[path = "../support/http_server.rs"]
mod http_server;
#[cfg(feature = "internal-logs")]
mod internal_log;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod otlp;
#[cfg(all(feature = "otlp-http", feature = "otlp-grpc"))]
mod runtimes;
