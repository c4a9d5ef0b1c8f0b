//! A provider that comes and goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::global::{BoxedSpan, BoxedTracer};
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::discard::Discard;

/// A provider that comes and goes, as the global one does when it is installed late, or replaced after it was shut down.
#[derive(Clone)]
pub(crate) struct Fickle {
    is_there: Arc<AtomicBool>,
    sdk: SdkTracerProvider,
}

impl Fickle {
    pub(crate) fn new() -> Self {
        let sdk = SdkTracerProvider::builder().with_span_processor(Discard).build();
        Self { is_there: Arc::default(), sdk }
    }

    pub(crate) fn come(&self) {
        self.is_there.store(true, Ordering::Relaxed);
    }

    /// Its tracers make no spans any more either.
    pub(crate) fn go(&self) {
        self.is_there.store(false, Ordering::Relaxed);
    }
}

impl TracerProvider for Fickle {
    type Tracer = FickleTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> FickleTracer {
        FickleTracer {
            is_there: Arc::clone(&self.is_there),
            sdk: BoxedTracer::new(Box::new(self.sdk.tracer_with_scope(scope))),
            none: BoxedTracer::new(Box::new(NoopTracer::new())),
        }
    }
}

pub(crate) struct FickleTracer {
    is_there: Arc<AtomicBool>,
    sdk: BoxedTracer,
    none: BoxedTracer,
}

impl Tracer for FickleTracer {
    type Span = BoxedSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> BoxedSpan {
        let tracer = if self.is_there.load(Ordering::Relaxed) { &self.sdk } else { &self.none };
        tracer.build_with_context(builder, parent)
    }
}
