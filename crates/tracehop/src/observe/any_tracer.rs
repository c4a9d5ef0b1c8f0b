//! A tracer of any provider.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState, Tracer,
};

use super::{SpanRequest, SpanSlot};
use crate::codec::traceparent;

/// A tracer of any provider.
pub(crate) trait AnyTracer: Send + Sync {
    /// Starts a span.
    ///
    /// The request is made into a span on this side of the virtual call: so nothing large is passed, and the span is looked
    /// at before it is put anywhere. A span that does not record needs no box, and no lock to ask it; one that records is
    /// boxed once, also if it goes into a context.
    fn start(&self, request: &SpanRequest<'_>) -> SpanSlot;

    /// Whether it never makes spans: it is OpenTelemetry's no-op. This starts no span that anybody would see.
    fn is_noop(&self) -> bool;
}

/// In this context no SDK makes a span, because telemetry is suppressed. The no-op hands the parent on even here.
static PROBE: LazyLock<Context> = LazyLock::new(|| {
    let parent = SpanContext::new(1.into(), probed(), TraceFlags::default(), true, TraceState::NONE);
    Context::new().with_remote_span_context(parent).with_telemetry_suppressed()
});

/// The parent in that context. Ids that are drawn are none so small.
#[inline]
fn probed() -> SpanId {
    SpanId::from(1)
}

impl<T> AnyTracer for T
where
    T: Tracer + Send + Sync,
    T::Span: Span + Send + Sync + 'static,
{
    fn start(&self, request: &SpanRequest<'_>) -> SpanSlot {
        let parent = request.parent.span();
        let parent = parent.span_context();
        // Under an unsampled parent attributes and links are left out, because nearly every sampler follows the parent.
        // Should this one not, they are set afterwards, and only its own view is poorer.
        let is_described = !parent.is_valid() || parent.is_sampled() || request.sampler_sees_all;
        let builder = SpanBuilder {
            span_kind: Some(request.kind.clone()),
            name: request.name.clone(),
            start_time: request.start_time,
            attributes: is_described.then(|| (request.attributes)()),
            events: None,
            links: if is_described { request.links.make() } else { None },
        };
        let mut span = self.build_with_context(builder, request.parent);
        if !span.is_recording() {
            let own = span.span_context();
            return match request.base {
                None => SpanSlot::Unrecorded(own.clone()),
                Some(base) => {
                    SpanSlot::UnrecordedIn(base.with_remote_span_context(with_random_flag(own, parent)))
                }
            };
        }
        if !is_described {
            describe(&mut span, request);
        }
        match request.base {
            None => SpanSlot::Recording(Box::new(span)),
            Some(base) => SpanSlot::RecordingIn(base.with_span(span)),
        }
    }

    fn is_noop(&self) -> bool {
        let span = self.build_with_context(SpanBuilder::from_name("probe"), &PROBE);
        span.span_context().span_id() == probed() && !span.is_recording()
    }
}

#[cold]
fn describe(span: &mut impl Span, request: &SpanRequest<'_>) {
    for attribute in (request.attributes)() {
        span.set_attribute(attribute);
    }
    for link in request.links.make().into_iter().flatten() {
        span.add_link(link.span_context, link.attributes);
    }
}

/// The SDK forgets the random flag when it drops a span. What is sent under it must still know.
fn with_random_flag(own: &SpanContext, parent: &SpanContext) -> SpanContext {
    if own.trace_id() != parent.trace_id() {
        return own.clone();
    }
    let flags = traceparent::keep_random(own.trace_flags(), parent.trace_flags());
    SpanContext::new(own.trace_id(), own.span_id(), flags, false, own.trace_state().clone())
}
