//! The 29-byte form of the [W3C binary draft], which older Kafka agents write.
//!
//! ```text
//! 00 | 00 trace-id (16 bytes) | 01 parent-id (8 bytes) | 02 flags (1 byte)
//! ```
//!
//! It is read, never written.
//!
//! [W3C binary draft]: https://w3c.github.io/trace-context-binary/

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use super::traceparent::Traceparent;

/// The length of the binary form, in bytes.
const LEN: usize = 29;

/// Whether `value` can only be meant as the binary form: a `traceparent` that is text is longer.
pub(crate) fn is_binary(value: &[u8]) -> bool {
    value.len() == LEN
}

/// Reads the binary form, `None` if it is not exactly that.
pub(crate) fn decode(value: &[u8]) -> Option<Traceparent> {
    let value: &[u8; LEN] = value.try_into().ok()?;
    let [0, 0, ids @ .., 2, flags] = value else { return None };
    let (trace_id, ids) = ids.split_first_chunk::<16>()?;
    let [1, span_id @ ..] = ids else { return None };
    let (trace_id, span_id) = (TraceId::from_bytes(*trace_id), SpanId::from_bytes(span_id.try_into().ok()?));
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then(|| Traceparent {
        trace_id,
        span_id,
        flags: TraceFlags::new(flags & 0b11),
    })
}
