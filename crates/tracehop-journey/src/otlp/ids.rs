//! Ids, flags and times of OTLP.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};

use crate::span_parts::SpanKey;

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK` and `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`: whether it is known that the parent is
/// remote, and whether it is.
pub(super) const REMOTE_IS_KNOWN: u32 = 0x100;
pub(super) const IS_REMOTE: u32 = 0x200;

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

/// Nanoseconds after 1970, as far as they can be counted.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
