//! Spans → the bytes of an `ExportTraceServiceRequest`, in one pass and without structs in between.
//!
//! The data flows in one direction: `request` groups the spans by scope and lays `resource` and `scope` around each `span`,
//! whose attributes are written by `attribute`. All of them write through `wire`. The numbers of the fields are those of
//! <https://github.com/open-telemetry/opentelemetry-proto/tree/v1.9.0/opentelemetry/proto>.

mod attribute;
mod request;
mod resource;
mod scope;
mod span;
mod wire;

pub(super) use request::{ScopeSpans, encode_request, put_together, write_span};
pub(super) use resource::EncodedResource;
pub(super) use scope::is_same as is_same_scope;
