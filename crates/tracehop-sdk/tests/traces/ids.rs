//! Traces with chosen identifiers, because samplers by ratio go by them.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::IdGenerator;

/// The lowest trace id that a ratio of one quarter does not record.
pub(crate) const ONE_QUARTER: u64 = 1 << 62;

pub(crate) fn trace_id(low: u64) -> TraceId {
    TraceId::from(1 << 64 | u128::from(low))
}

/// Starts every trace with the same identifier.
#[derive(Debug)]
pub(crate) struct SameTrace {
    trace: TraceId,
    spans: AtomicU64,
}

impl SameTrace {
    pub(crate) fn new(low: u64) -> Self {
        Self { trace: trace_id(low), spans: AtomicU64::new(1) }
    }
}

impl IdGenerator for SameTrace {
    fn new_trace_id(&self) -> TraceId {
        self.trace
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.spans.fetch_add(1, Ordering::Relaxed))
    }
}
