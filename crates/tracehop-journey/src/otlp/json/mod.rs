//! The shapes of OTLP in JSON.
//!
//! The shapes that `opentelemetry-proto` offers refuse `null`, names of enums, ids in base64, and arrays without elements
//! (`"arrayValue":{}`, which the JSON of protobuf demands).

mod common_json;
mod lenient;
mod logs_json;
mod traces_json;

#[cfg(feature = "query")]
pub(crate) use lenient::{list, nullable, number};
pub(super) use logs_json::LogsJson;
#[cfg(feature = "query")]
pub(crate) use traces_json::ResourceSpansJson;
pub(crate) use traces_json::TracesJson;
