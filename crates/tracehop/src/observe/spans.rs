//! Spans, the first observer of every operation. All spans start here.

use opentelemetry::trace::TraceContextExt;

use super::tracer_source::TracerLease;
use super::{EndedOperation, Observer, SpanRequest, SpanSlot, StartedOperation, TracerSource};

/// Makes the span of each operation.
pub(crate) struct Spans<'a>(pub(crate) &'a TracerSource);

impl Observer for Spans<'_> {
    type State = SpanSlot;

    /// Starts the span. There is none if the parent's context is suppressed, or if nobody makes spans.
    #[inline]
    fn start(&self, operation: &StartedOperation<'_>) -> SpanSlot {
        let Self(source) = self;
        let Some(request) = operation.span.filter(|request| !request.parent.is_telemetry_suppressed()) else {
            return SpanSlot::Absent;
        };
        let Some(lease) = source.lease() else { return SpanSlot::Absent };
        let slot = lease.tracer().start(request);
        if !slot.is_recording() && is_absent(&slot, request) {
            return restart(source, &lease, request);
        }
        lease.keep();
        slot
    }

    #[inline]
    fn end(&self, operation: &EndedOperation<'_>, mut span: SpanSlot) {
        span.conclude(operation.failed, Some(operation.ended));
    }
}

/// The tracer made no span although it was not suppressed: tries the one that has taken its place, if one has.
#[cold]
fn restart(source: &TracerSource, lease: &TracerLease, request: &SpanRequest<'_>) -> SpanSlot {
    let Some(other) = source.replace(lease) else {
        source.sleep(lease);
        return SpanSlot::Absent;
    };
    let slot = other.tracer().start(request);
    if !slot.is_recording() && is_absent(&slot, request) {
        source.sleep(&other);
        return SpanSlot::Absent;
    }
    other.keep();
    slot
}

/// Whether a span is none: a no-op tracer hands the parent's context on, an SDK that was shut down an empty one.
fn is_absent(slot: &SpanSlot, request: &SpanRequest<'_>) -> bool {
    let parent = request.parent.span();
    let parent = parent.span_context().span_id();
    slot.with_span_context(|span| span.is_none_or(|span| !span.is_valid() || span.span_id() == parent))
}
