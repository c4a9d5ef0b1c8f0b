//! The OpenTelemetry tracer behind a [`MessagingTracer`](crate::MessagingTracer), given or looked up.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use opentelemetry::InstrumentationScope;
use opentelemetry::global;
use opentelemetry::trace::{Tracer, TracerProvider};

use super::any_tracer::AnyTracer;
use crate::semconv;

/// While no provider is installed, one operation in this many looks again. Looking costs as much as four
/// operations that do not.
const PROBE_EVERY: u32 = 64;

/// Where the tracer comes from.
pub(crate) enum TracerSource {
    /// Given to the builder. `asleep` once it was found to make no spans: it is a no-op, or was shut down.
    Given { tracer: Box<dyn AnyTracer>, asleep: AtomicBool },
    /// The application's global one. OpenTelemetry's tracers that were got before the provider was installed stay
    /// no-ops for ever, so only one that made a span is kept.
    Global { live: OnceLock<Box<dyn AnyTracer>>, calls: AtomicU32 },
}

/// A tracer to start one span with.
pub(super) enum TracerLease<'a> {
    Known(&'a (dyn AnyTracer + 'static)),
    Probe(Box<dyn AnyTracer>),
}

impl Deref for TracerLease<'_> {
    type Target = dyn AnyTracer;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Known(tracer) => *tracer,
            Self::Probe(tracer) => &**tracer,
        }
    }
}

impl TracerSource {
    pub(crate) fn global() -> Self {
        Self::Global { live: OnceLock::new(), calls: AtomicU32::new(0) }
    }

    pub(crate) fn given<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        let tracer = Box::new(provider.tracer_with_scope(scope()));
        Self::Given { tracer, asleep: AtomicBool::new(false) }
    }

    /// A tracer that may make spans, `None` if it is known that none would be made.
    #[inline]
    pub(super) fn lease(&self) -> Option<TracerLease<'_>> {
        match self {
            Self::Given { tracer, asleep } => {
                (!asleep.load(Ordering::Relaxed)).then(|| TracerLease::Known(&**tracer))
            }
            Self::Global { live, calls } => match live.get() {
                Some(tracer) => Some(TracerLease::Known(&**tracer)),
                None => Self::probe(calls),
            },
        }
    }

    /// Whether an operation need not try to make a span: none would be made, and it is not time to look for a provider
    /// again. With a global provider each call counts as one operation; a turn to look stays until an operation that makes
    /// a span takes it.
    #[inline]
    pub(crate) fn should_skip(&self) -> bool {
        match self {
            Self::Given { asleep, .. } => asleep.load(Ordering::Relaxed),
            Self::Global { live, calls } => {
                live.get().is_none() && {
                    let call = calls.load(Ordering::Relaxed);
                    let asleep = !call.is_multiple_of(PROBE_EVERY);
                    if asleep {
                        calls.store(call.wrapping_add(1), Ordering::Relaxed);
                    }
                    asleep
                }
            }
        }
    }

    #[inline]
    fn probe(calls: &AtomicU32) -> Option<TracerLease<'static>> {
        // Lost counts only delay the next look; a read-modify-write would cost more than all else here.
        let call = calls.load(Ordering::Relaxed);
        calls.store(call.wrapping_add(1), Ordering::Relaxed);
        call.is_multiple_of(PROBE_EVERY)
            .then(|| TracerLease::Probe(Box::new(global::tracer_with_scope(scope()))))
    }

    /// Records that the leased tracer made a span.
    #[inline]
    pub(super) fn keep(&self, lease: TracerLease<'_>) {
        if let (Self::Global { live, .. }, TracerLease::Probe(tracer)) = (self, lease) {
            // If another thread was faster its tracer is as good.
            let _ = live.set(tracer);
        }
    }

    /// Records that the tracer made no span although it was not suppressed, so that later operations can skip it.
    pub(super) fn sleep(&self) {
        if let Self::Given { asleep, .. } = self {
            asleep.store(true, Ordering::Relaxed);
        }
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(semconv::SCHEMA_URL)
        .build()
}

impl fmt::Debug for TracerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given { .. } => "Given",
            Self::Global { .. } => "Global",
        })
    }
}
