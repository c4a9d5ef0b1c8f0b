//! The OpenTelemetry tracer behind a [`MessagingTracer`](crate::MessagingTracer), and how it is found again.

use std::any::TypeId;
use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use opentelemetry::InstrumentationScope;
use opentelemetry::global;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{Tracer, TracerProvider};

use super::any_tracer::AnyTracer;
use crate::semconv;

/// A tracer is asked for again after this many spans of one thread, in case its provider was replaced by another while both
/// make spans. It costs as much as a hundredth of so many spans.
const RENEW_AFTER: u32 = 64;

/// And after so many threads got it: they may not live for so many spans.
const RENEW_AFTER_THREADS: u32 = 8;

/// How many sources a thread remembers the tracers of: an application has one or two.
const PLACES: usize = 4;

/// The version while there is no tracer that makes spans.
const ASLEEP: u64 = 0;

/// Where the tracer comes from.
///
/// OpenTelemetry's tracers that were got before a provider was installed make no spans for ever, and those of a provider that
/// was shut down neither. So a tracer is only kept while it makes spans:
///
/// - While there is none, each operation asks the provider for one. That costs some 40 ns, and no message is missed.
/// - A tracer that makes no span any more is replaced on the spot, by that of the provider that is installed by then.
/// - A tracer that does make spans costs one relaxed load, and is asked for again once in [`RENEW_AFTER`] spans.
pub(crate) struct TracerSource {
    /// No other source of this process has, or had, the same.
    id: u64,
    provider: Provider,
    /// The number of the current tracer, or [`ASLEEP`].
    version: AtomicU64,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    found: u64,
    /// How often a thread that had none asked for the tracer.
    threads: u32,
    tracer: Option<Arc<dyn AnyTracer>>,
}

/// The provider that is asked for tracers.
enum Provider {
    /// Given to the builder.
    Given(Box<dyn AnyProvider>),
    /// The application's global one.
    Global,
    /// One that never makes spans was given to the builder.
    Silent,
}

/// A provider of any type.
trait AnyProvider: Send + Sync {
    /// A tracer to keep, if there is one.
    fn tracer(&self, is_awake: bool) -> Option<Arc<dyn AnyTracer>>;
}

impl<P> AnyProvider for P
where
    P: TracerProvider + Send + Sync,
    P::Tracer: Send + Sync + 'static,
    <P::Tracer as Tracer>::Span: Send + Sync + 'static,
{
    fn tracer(&self, is_awake: bool) -> Option<Arc<dyn AnyTracer>> {
        keep(is_awake, |scope| self.tracer_with_scope(scope))
    }
}

/// A provider's tracer. While there is none, only one that is not OpenTelemetry's no-op: each operation asks then, so it asks one
/// with so little of a scope that nothing is copied or freed. A tracer that is to take the place of one that made spans is not
/// asked: if it makes none its first span will tell.
#[inline]
fn keep<T: AnyTracer + 'static>(
    is_awake: bool,
    tracer: impl Fn(InstrumentationScope) -> T,
) -> Option<Arc<dyn AnyTracer>> {
    if !is_awake && tracer(InstrumentationScope::builder(NAME).build()).is_noop() {
        return None;
    }
    Some(Arc::new(tracer(scope().clone())))
}

/// A tracer to start a span with.
pub(super) struct TracerLease {
    source: u64,
    version: u64,
    /// None if the provider was asked for it just now.
    uses: u32,
    tracer: Arc<dyn AnyTracer>,
}

impl TracerLease {
    /// Remembers it for this thread's next span.
    #[inline]
    pub(super) fn keep(self) {
        // While a thread ends there is no such place any more; then each lease is fetched anew.
        let _ = RECENT.try_with(|recent| {
            if let Some(place) = recent.get(place(self.source)) {
                place.set(Some(self));
            }
        });
    }

    pub(super) fn tracer(&self) -> &dyn AnyTracer {
        &*self.tracer
    }
}

thread_local! {
    // A lease is out of its place while it is used, so whatever runs meanwhile gets one of its own.
    static RECENT: [Cell<Option<TracerLease>>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
}

impl TracerSource {
    /// The one source of all tracers that use the application's global provider.
    pub(crate) fn global() -> Arc<Self> {
        static GLOBAL: LazyLock<Arc<TracerSource>> =
            LazyLock::new(|| Arc::new(TracerSource::of(Provider::Global)));
        Arc::clone(&GLOBAL)
    }

    pub(crate) fn given<P>(provider: P) -> Arc<Self>
    where
        P: TracerProvider + Send + Sync + 'static,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        let is_silent = TypeId::of::<P::Tracer>() == TypeId::of::<NoopTracer>();
        Arc::new(Self::of(if is_silent { Provider::Silent } else { Provider::Given(Box::new(provider)) }))
    }

    fn of(provider: Provider) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Self { id, provider, version: AtomicU64::new(ASLEEP), current: Mutex::default() }
    }

    /// Whether it is the application's global provider.
    pub(crate) fn is_global(&self) -> bool {
        matches!(self.provider, Provider::Global)
    }

    /// Whether no span would be made now. While none are made each call asks the provider anew.
    #[inline]
    pub(crate) fn should_skip(&self) -> bool {
        self.version.load(Ordering::Relaxed) == ASLEEP && !self.wake()
    }

    /// Whether spans are made, as far as it is known without asking the provider.
    #[inline]
    pub(crate) fn is_awake(&self) -> bool {
        self.version() != ASLEEP
    }

    /// A tracer that may make spans, `None` if none would be made.
    #[inline]
    pub(super) fn lease(&self) -> Option<TracerLease> {
        let take =
            |recent: &[Cell<Option<TracerLease>>; PLACES]| recent.get(place(self.id)).and_then(Cell::take);
        let recent = RECENT.try_with(take).ok().flatten();
        match recent {
            Some(mut lease) if lease.source == self.id && lease.version == self.version() => {
                lease.uses += 1;
                if lease.uses < RENEW_AFTER { Some(lease) } else { self.replace(&lease) }
            }
            // The tracer was renewed.
            Some(lease) if lease.source == self.id => self.fetch(),
            _ => {
                self.count_thread();
                self.fetch()
            }
        }
    }

    /// Another thread asks for the tracer, or another source has taken this one's place in the thread.
    #[cold]
    fn count_thread(&self) {
        let is_due = {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            current.threads = current.threads.wrapping_add(1);
            current.tracer.is_some() && current.threads.is_multiple_of(RENEW_AFTER_THREADS)
        };
        if is_due {
            self.find();
        }
    }

    /// Looks for another tracer than this one, of which enough is known. `None` if it was just got, or if there is none that
    /// makes spans.
    #[cold]
    pub(super) fn replace(&self, lease: &TracerLease) -> Option<TracerLease> {
        if lease.uses == 0 {
            return None;
        }
        if self.version() == lease.version {
            self.find();
        }
        self.fetch()
    }

    /// Records that this tracer makes no spans, so that nobody tries until the provider has another one.
    #[cold]
    pub(super) fn sleep(&self, lease: &TracerLease) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if self.version() == lease.version {
            current.tracer = None;
            self.version.store(ASLEEP, Ordering::Relaxed);
        }
    }

    #[inline]
    fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    #[cold]
    fn wake(&self) -> bool {
        self.find();
        self.version() != ASLEEP
    }

    /// Asks the provider for a tracer.
    fn find(&self) {
        // Outside of the lock: this runs the provider's code.
        let tracer = match &self.provider {
            Provider::Given(provider) => provider.tracer(self.is_awake()),
            Provider::Global => keep(self.is_awake(), global::tracer_with_scope),
            Provider::Silent => None,
        };
        if tracer.is_none() && self.version() == ASLEEP {
            return;
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let version = if tracer.is_some() {
            current.found += 1;
            current.found
        } else {
            ASLEEP
        };
        current.tracer = tracer;
        self.version.store(version, Ordering::Relaxed);
    }

    #[cold]
    fn fetch(&self) -> Option<TracerLease> {
        let is_new = self.version() == ASLEEP;
        if is_new {
            self.find();
        }
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let tracer = current.tracer.clone()?;
        Some(TracerLease { source: self.id, version: current.found, uses: u32::from(!is_new), tracer })
    }
}

/// Where a thread remembers the lease of a source.
#[inline]
fn place(source: u64) -> usize {
    usize::try_from(source).unwrap_or(0) % PLACES
}

const NAME: &str = env!("CARGO_PKG_NAME");

pub(super) fn scope() -> &'static InstrumentationScope {
    static SCOPE: LazyLock<InstrumentationScope> = LazyLock::new(|| {
        InstrumentationScope::builder(NAME)
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url(semconv::SCHEMA_URL)
            .build()
    });
    &SCOPE
}

impl fmt::Debug for TracerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.provider {
            Provider::Given(_) | Provider::Silent => "Given",
            Provider::Global => "Global",
        })
    }
}
