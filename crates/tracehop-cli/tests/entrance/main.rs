//! OTLP in, over loopback: what exporters send, what they must not, and what they are answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod access;
mod answers;
mod exporters;
mod grpc_call;
mod http_call;
mod limits;
mod load;
mod ports;
mod recorder;
mod redaction;
mod requests;
mod server;
