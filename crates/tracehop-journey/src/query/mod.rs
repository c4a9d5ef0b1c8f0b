//! The answers of the query APIs of Jaeger and Tempo.
//!
//! What is here reads bytes. Who asks for them, and how, is somebody else's.

mod answer;
mod jaeger;
mod jaeger_json;
mod jaeger_span;
mod jaeger_tag;
mod padded_ids;
mod query_error;
mod tempo;

pub use answer::Answer;
pub use jaeger::{jaeger_services, jaeger_traces, jaeger_v3_traces};
pub use query_error::QueryError;
pub use tempo::{tempo_found, tempo_trace, tempo_trace_protobuf, tempo_v2_trace_protobuf};
