//! SDKs whose spans end nowhere.

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

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
}

fn boxed(tracer: Option<SdkTracer>) -> BoxedTracer {
    match tracer {
        Some(tracer) => BoxedTracer::new(Box::new(tracer)),
        None => global::tracer("checkout"),
    }
}
