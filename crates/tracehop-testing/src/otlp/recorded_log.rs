//! One record of a log.

use std::fmt;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceId};

use crate::printable::printable;

/// One record of a log, as a service exported it. `Display` writes service, severity and text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedLog {
    /// The name of the service that exported it, if its resource has one.
    pub service: Option<Arc<str>>,
    /// The attributes of the resource that exported it.
    pub resource: Arc<[KeyValue]>,
    /// The text of the severity, for example `INFO`. It is empty if there is none.
    pub severity: String,
    /// The text of the record. What is no text is written as JSON.
    pub body: String,
    /// The name of the event. It is empty if the record is none.
    pub event_name: String,
    /// In the order in which they arrived.
    pub attributes: Vec<KeyValue>,
    /// The trace in which it was written; `TraceId::INVALID` if it was written outside.
    pub trace_id: TraceId,
    /// The span in which it was written; `SpanId::INVALID` if it was written outside.
    pub span_id: SpanId,
}

impl fmt::Display for RecordedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(f, "{}: ", printable(service))?;
        }
        if !self.severity.is_empty() {
            write!(f, "{} ", printable(&self.severity))?;
        }
        f.write_str(&printable(&self.body))
    }
}
