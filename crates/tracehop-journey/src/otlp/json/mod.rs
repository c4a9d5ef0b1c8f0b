//! The shapes of OTLP in JSON.
//!
//! The shapes that `opentelemetry-proto` offers refuse `null`, names of enums, ids in base64, and arrays without elements
//! (`"arrayValue":{}`, which the JSON of protobuf demands). And they refuse a request for one field of one span that they cannot
//! read: here such a field is left out, and the spans beside it are read.

mod common_json;
mod enumeration;
mod id;
mod list;
mod logs_json;
mod mended;
mod number;
mod object;
mod scalar;
mod text;
mod traces_json;

#[cfg(feature = "query")]
pub(crate) use list::{list, parts};
pub(super) use logs_json::LogsJson;
pub(super) use mended::mended;
#[cfg(feature = "query")]
pub(crate) use number::number;
pub(super) use object::Object;
#[cfg(feature = "query")]
pub(crate) use text::text;
pub(crate) use traces_json::TracesJson;
#[cfg(feature = "query")]
pub(crate) use traces_json::batches;
