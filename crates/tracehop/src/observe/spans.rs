//! Spans, the first observer of every operation. All spans start here.

use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::{EndedOperation, Observer, SpanSlot, StartedOperation, TracerSource};

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
        let slot = lease.start(request);
        if !slot.is_recording() {
            let parent = request.parent.span();
            if slot.with_span_context(|span| is_noop_span(span, parent.span_context())) {
                source.sleep();
                return SpanSlot::Absent;
            }
        }
        source.keep(lease);
        slot
    }

    #[inline]
    fn end(&self, operation: &EndedOperation<'_>, mut span: SpanSlot) {
        span.conclude(operation.failed, Some(operation.ended));
    }
}

/// Whether a span is none: a no-op tracer hands the parent's context on, an SDK that was shut down an empty one.
fn is_noop_span(span: Option<&SpanContext>, parent: &SpanContext) -> bool {
    span.is_none_or(|span| !span.is_valid() || span.span_id() == parent.span_id())
}
