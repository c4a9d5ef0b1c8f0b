//! OTLP in, over loopback: what exporters send, what they must not, and what they are answered.

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
