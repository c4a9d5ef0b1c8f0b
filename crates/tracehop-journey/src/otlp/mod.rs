//! OTLP: spans and log records of requests, in protobuf and in JSON, and the way back.

mod bounded_json;
mod export_request;
mod ids;
pub(crate) mod json;
mod otlp_error;
mod otlp_logs;
mod otlp_spans;
mod otlp_value;
mod read;
mod weight;
mod written_value;

pub use export_request::{export_json, export_request};
pub use otlp_error::OtlpError;
pub use otlp_logs::logs_of;
pub use otlp_spans::{OtlpSpans, spans_of};
pub use read::{
    logs_from_json, logs_from_protobuf, traces_from_json, traces_from_json_lines, traces_from_protobuf,
};

// For the readers of what others have made of OTLP.
#[cfg(feature = "query")]
pub(crate) use read::{each_from_json, from_json, from_protobuf};
#[cfg(feature = "query")]
pub(crate) use weight::TRACES_INSIDE;
