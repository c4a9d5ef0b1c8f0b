//! Ids and times of OTLP.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};

use crate::span_parts::SpanKey;

/// The identity that the bytes say. Ids of another length are invalid ones.
pub(super) fn key(trace: &[u8], span: &[u8]) -> SpanKey {
    let trace = trace.try_into().map_or(TraceId::INVALID, TraceId::from_bytes);
    (trace, span_id(span))
}

pub(super) fn span_id(bytes: &[u8]) -> SpanId {
    bytes.try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
}

/// The time that lies so many nanoseconds after 1970. The last one is in the year 2554.
pub(super) fn time(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos)).unwrap_or(SystemTime::UNIX_EPOCH)
}
