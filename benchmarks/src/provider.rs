//! SDKs whose spans end nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::global::{self, BoxedSpan, BoxedTracer};
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};

use crate::by_hand::Service;
use crate::floor::Floor;
use crate::mode::Mode;
use crate::ours;

/// The same provider for all: tracehop, the service that does it by hand, and the least there is to do.
pub(crate) struct Tracers {
    pub(crate) ours: ours::Tracer,
    /// The same with what can be turned on to save work.
    pub(crate) thrifty: ours::Tracer,
    pub(crate) by_hand: Service,
    pub(crate) floor: Floor,
    provider: Option<SdkTracerProvider>,
}

impl Tracers {
    /// Spans are dropped where they end.
    pub(crate) fn discarding(mode: Mode) -> Self {
        Self::new(mode, || SdkTracerProvider::builder().with_span_processor(Discard).build())
    }

    /// Spans go through the batch processor, as in production, to an exporter that counts and drops them.
    pub(crate) fn batching(mode: Mode, arrived: &Arc<AtomicU64>) -> Self {
        Self::new(mode, || {
            // Room for a slice: the bare batch processor drops silently, and dropping is cheap.
            let config = BatchConfigBuilder::default()
                .with_max_queue_size(65_536)
                .with_max_export_batch_size(512)
                .with_scheduled_delay(Duration::from_millis(200))
                .build();
            let exporter = Counting(Arc::clone(arrived));
            let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
            SdkTracerProvider::builder().with_span_processor(processor).build()
        })
    }

    pub(crate) fn new(mode: Mode, provider: impl FnOnce() -> SdkTracerProvider) -> Self {
        let provider = (mode != Mode::NoSdk).then(provider);
        let tracer = provider.as_ref().map(|provider| provider.tracer("checkout"));
        let by_hand = match &tracer {
            Some(tracer) => BoxedTracer::new(Box::new(tracer.clone())),
            None => global::tracer("checkout"),
        };
        Self {
            ours: ours::tracer(provider.as_ref()),
            thrifty: provider.as_ref().map_or_else(|| ours::tracer(None), ours::thrifty),
            by_hand: Service::new(by_hand),
            floor: Floor::new(mode, tracer),
            provider,
        }
    }

    /// Waits until all spans were exported.
    pub(crate) fn drain(&self) -> OTelSdkResult {
        self.provider.as_ref().map_or(Ok(()), SdkTracerProvider::force_flush)
    }
}

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

#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Counting(Arc<AtomicU64>);

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}
