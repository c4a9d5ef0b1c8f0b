//! The shapes of OTLP in JSON.
//!
//! The shapes that `opentelemetry-proto` offers refuse `null`, names of enums, ids in base64, and arrays without elements
//! (`"arrayValue":{}`, which the JSON of protobuf demands).

mod common_json;
mod lenient;
mod logs_json;
mod traces_json;

pub(super) use logs_json::LogsJson;
pub(super) use traces_json::TracesJson;
