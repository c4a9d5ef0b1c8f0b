//! Ids whose leading zeros were left out.

use opentelemetry::trace::{SpanId, TraceId};

use crate::span_parts::SpanKey;

/// The identity that two texts in hex say. What cannot be read is invalid.
pub(super) fn padded_key(trace: &str, span: &str) -> SpanKey {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let trace_id = u128::from_str_radix(trace, 16).ok().filter(|_| is_hex(trace));
    let span_id = u64::from_str_radix(span, 16).ok().filter(|_| is_hex(span));
    let trace_id = trace_id.map_or(TraceId::INVALID, |id| TraceId::from_bytes(id.to_be_bytes()));
    (trace_id, span_id.map_or(SpanId::INVALID, |id| SpanId::from_bytes(id.to_be_bytes())))
}
