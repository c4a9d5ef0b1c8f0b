//! The debug flag of B3 and Jaeger, which OpenTelemetry's span context cannot hold: everybody is to keep the trace.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceFlags, TraceId};

/// The flag among a creation context's own flags, in a bit that W3C Trace Context does not define. It does not leave this
/// crate in there.
pub(crate) const DEBUG: TraceFlags = TraceFlags::new(0x80);

/// The trace that everybody is to keep.
#[derive(Debug)]
struct Debug(TraceId);

/// Remembers the flag in `cx` until the next message is written.
pub(crate) fn carry(cx: &Context, trace_id: TraceId) -> Context {
    cx.with_value(Debug(trace_id))
}

/// Whether a span belongs to such a trace.
pub(crate) fn is_set(span: &SpanContext, cx: &Context) -> bool {
    cx.get::<Debug>().is_some_and(|Debug(trace_id)| *trace_id == span.trace_id())
}
