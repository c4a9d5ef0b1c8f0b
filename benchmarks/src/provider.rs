//! SDKs whose spans end nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};

use crate::by_hand::Service;
use crate::discard::Discard;
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
        let by_hand = boxed(tracer.clone());
        Self {
            ours: ours::tracer(provider.as_ref()),
            thrifty: provider.as_ref().map_or_else(|| ours::tracer(None), ours::thrifty),
            by_hand: Service::new(by_hand),
            floor: Floor::new(mode, tracer),
            provider,
        }
    }

    /// The SDK's tracer, if there is an SDK.
    pub(crate) fn sdk(&self) -> Option<SdkTracer> {
        self.provider.as_ref().map(|provider| provider.tracer("checkout"))
    }

    /// The tracer that an application asks for.
    pub(crate) fn boxed(&self) -> BoxedTracer {
        boxed(self.sdk())
    }

    /// Waits until all spans were exported.
    pub(crate) fn drain(&self) -> OTelSdkResult {
        self.provider.as_ref().map_or(Ok(()), SdkTracerProvider::force_flush)
    }
}

fn boxed(tracer: Option<SdkTracer>) -> BoxedTracer {
    match tracer {
        Some(tracer) => BoxedTracer::new(Box::new(tracer)),
        None => global::tracer("checkout"),
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
