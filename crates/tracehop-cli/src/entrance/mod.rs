//! OTLP in: spans and log records over gRPC and HTTP, bounded, redacted, and only from those who may send.
//!
//! From the bottom up:
//! - `access`, `redaction`: who may send and look, and what nobody shall see.
//! - `bounds`, `counts`, `in_flight`: what a request and all requests may take, and what came.
//! - `sink`: where spans and log records go.
//! - `refusal`, `verdict`: how a request is answered.
//! - `intake`, `message`: a body, decompressed within its bounds, and the message of a call of gRPC in it.
//! - `metric_points`, `vetting`, `decoded`: what is in a body.
//! - `reception`: the way of a request from its body to the sink, whatever carried it.
//! - `http`, `grpc`: the two carriers.
//! - `open_connections`, `connections`, `listen`, `entrance`: the ports.

mod access;
mod bounds;
mod connections;
mod counts;
mod decoded;
mod entrance;
mod grpc;
mod http;
mod in_flight;
mod intake;
mod listen;
mod message;
mod metric_points;
mod open_connections;
mod reception;
mod redaction;
mod refusal;
mod sink;
mod verdict;
mod vetting;

pub use access::{Access, BadToken, Token};
pub use bounds::Bounds;
pub(crate) use connections::{ConnectionBounds, serve as serve_connections};
pub use counts::{Counted, Counts};
pub use entrance::{Bound, Entrance, EntranceConfig};
pub use listen::{EntranceError, listen};
pub(crate) use redaction::Hashed;
pub use redaction::{BadRule, KeyTooShort, Redaction, RedactionKey, Rule};
pub use sink::{NotTaken, Sink};
