//! What a vector must be read as.

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use tracehop::Problem;

use super::ids::TRACE_ID;

/// What a [`Vector`](crate::vectors::Vector) must be read as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The creation context. `None` if the trace must be restarted.
    pub context: Option<ExpectedContext>,
    /// The `tracestate`, which must also be sent on unchanged.
    pub tracestate: Option<String>,
    /// The members of the baggage, decoded and sorted.
    pub baggage: Vec<(String, String)>,
    /// The `baggage` header that is sent on.
    pub baggage_sent: Option<String>,
    /// The problems that must be reported. No other may be.
    pub problems: Vec<Problem>,
    /// How many members of the baggage must be reported as left out.
    pub dropped_baggage: u16,
}

/// The ids and flags that a [`Vector`](crate::vectors::Vector) must be read as. The `traceparent` that is sent on has them
/// too, and is of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that made the message.
    pub span_id: SpanId,
    /// Bits 0 and 1 only.
    pub flags: TraceFlags,
}

impl ExpectedContext {
    /// The context of [`TRACE_ID`] with these, of which the span id is 16 hexadecimal digits.
    pub(super) fn new(span_id: &str, flags: u8) -> Self {
        Self {
            trace_id: TraceId::from_hex(TRACE_ID).expect("it is hexadecimal"),
            span_id: SpanId::from_hex(span_id).expect("it is hexadecimal"),
            flags: TraceFlags::new(flags),
        }
    }
}
