//! The tracer that a layer of `tracing` gets.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, Tracer};

use super::adopted_span::AdoptedSpan;
use super::announcement;
use super::bridged_span::BridgedSpan;
use super::here::Building;

/// Room for the mark and all that a layer adds, so that it does not move the list.
const ATTRIBUTES: usize = 12;

/// A tracer for the layer of `tracing-opentelemetry`, made by [`TracingBridge::tracer`](crate::TracingBridge::tracer).
///
/// It is the tracer that it was made of, except that the spans of `tracing` which stand for the handling of a message become
/// the process span that is there already.
#[derive(Clone)]
pub struct BridgedTracer<T> {
    bridge: u64,
    inner: T,
}

impl<T> BridgedTracer<T> {
    pub(super) fn new(bridge: u64, inner: T) -> Self {
        Self { bridge, inner }
    }
}

impl<T: Tracer> Tracer for BridgedTracer<T> {
    type Span = BridgedSpan<T::Span>;

    fn span_builder<N: Into<Cow<'static, str>>>(&self, name: N) -> SpanBuilder {
        let name = name.into();
        let mark = announcement::mark(self.bridge, &name);
        let mut builder = self.inner.span_builder(name);
        if let Some(mark) = mark {
            builder.attributes.get_or_insert_with(|| Vec::with_capacity(ATTRIBUTES)).push(mark);
        }
        builder
    }

    fn build_with_context(&self, mut builder: SpanBuilder, parent_cx: &Context) -> Self::Span {
        let Some(number) = builder.attributes.as_mut().and_then(announcement::unmark) else {
            let _building = Building::start();
            return BridgedSpan::own(self.inner.build_with_context(builder, parent_cx));
        };
        let mut span = match announcement::ask(self.bridge, number, parent_cx) {
            Some(handling) => AdoptedSpan::of(handling),
            None => AdoptedSpan::of_nobody(parent_cx),
        };
        span.take_over(builder);
        BridgedSpan::adopted(span)
    }
}

impl<T> fmt::Debug for BridgedTracer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgedTracer").field("bridge", &self.bridge).finish_non_exhaustive()
    }
}
