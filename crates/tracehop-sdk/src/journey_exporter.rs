//! The exporter that keeps finished spans for journeys.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracehop_journey::{Attribute, Bounds, Index, Journey, JourneySpan, Source};

/// Keeps finished spans in memory, and walks the [`Journey`]s that they make.
///
/// Clones share one store. Give a clone to each service's tracer provider, and keep one to ask for the journeys. Each span
/// remembers the resource of the provider that it came from. When a provider is shut down the store stays as it is,
/// because other providers may still write to it and the spans are usually read afterwards.
///
/// Memory is bounded by bytes, by the age of spans and, if wanted, by their number: the oldest are dropped and
/// [counted](Self::dropped). Each span keeps only what [`JourneySpan`] shows.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
/// use tracehop_sdk::{Bounds, JourneyExporter};
///
/// let exporter = JourneyExporter::with_bounds(Bounds::default().max_bytes(16 << 20));
/// let checkout = SdkTracerProvider::builder()
///     .with_resource(Resource::builder().with_service_name("checkout").build())
///     .with_simple_exporter(exporter.clone())
///     .build();
///
/// checkout.tracer("doc").in_span("place order", |_| {});
///
/// let journeys = exporter.journeys();
/// assert_eq!(journeys[0].name(), "place order");
/// assert_eq!(journeys[0].spans().next().unwrap().service(), "checkout");
/// ```
#[derive(Clone)]
pub struct JourneyExporter {
    store: Arc<Mutex<Store>>,
    /// The resource of the provider that owns this clone. It is set through [`SpanExporter::set_resource`].
    resource: Arc<[Attribute]>,
}

struct Store {
    index: Index,
    without_ids: u64,
}

impl JourneyExporter {
    /// Makes an exporter that keeps what [`Bounds::default`] says: 256 MiB and 24 hours.
    pub fn new() -> Self {
        Self::with_bounds(Bounds::default())
    }

    /// Makes an exporter that keeps at most so many bytes and spans, and none that is older.
    pub fn with_bounds(bounds: Bounds) -> Self {
        let store = Store { index: Index::new(bounds), without_ids: 0 };
        Self { store: Arc::new(Mutex::new(store)), resource: Arc::new([]) }
    }

    /// Makes an exporter that keeps at most `max_spans` spans, within the default bytes.
    pub fn with_max_spans(max_spans: usize) -> Self {
        Self::with_bounds(Bounds::default().max_spans(max_spans))
    }

    /// Walks all journeys of the spans kept now, in the order in which the journeys started.
    ///
    /// What belongs to a journey is told at [`Index`]: all that one message at the edge led to, across services and traces. A batch
    /// of messages is in the journey of each. Spans that have not ended yet are missing.
    ///
    /// The store keeps its spans. The lock is held while the journeys are walked: exports wait for that long.
    pub fn journeys(&self) -> Vec<Journey> {
        self.lock().index.journeys()
    }

    /// How many spans were not kept since this exporter was made: the oldest of too many, spans without valid ids, and
    /// spans whose ids were there already.
    ///
    /// If it is more than zero, journeys may lack their beginnings.
    pub fn dropped(&self) -> u64 {
        let store = self.lock();
        store.index.dropped().total() + store.without_ids
    }

    /// How many spans are kept now.
    pub fn len(&self) -> usize {
        self.lock().index.len()
    }

    /// What the spans take in memory now, in bytes.
    pub fn bytes(&self) -> usize {
        self.lock().index.bytes()
    }

    /// Whether no span is kept now.
    pub fn is_empty(&self) -> bool {
        self.lock().index.is_empty()
    }

    /// Forgets all spans kept now, without counting them as dropped.
    pub fn clear(&self) {
        self.lock().index.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        // Every change to the store is complete before anything in it could panic.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for JourneyExporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for JourneyExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let store = self.lock();
        f.debug_struct("JourneyExporter")
            .field("index", &store.index)
            .field("without_ids", &store.without_ids)
            .finish_non_exhaustive()
    }
}

impl SpanExporter for JourneyExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // Reduced before the lock is taken: services that share the store should not wait for each other's strings.
        let mut last: Option<(opentelemetry::InstrumentationScope, Arc<Source>)> = None;
        let spans: Vec<_> = batch
            .into_iter()
            .map(|data| {
                let scope = &data.instrumentation_scope;
                let source = match &last {
                    Some((known, source)) if known == scope => Arc::clone(source),
                    _ => self.source(scope),
                };
                last = Some((scope.clone(), Arc::clone(&source)));
                JourneySpan::from_sdk(data, source)
            })
            .collect();
        let now = SystemTime::now();
        let mut store = self.lock();
        for span in spans {
            match span {
                Some(span) => {
                    store.index.insert(span, now);
                }
                None => store.without_ids += 1,
            }
        }
        store.index.expire(now);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let attribute = |(key, value): (&opentelemetry::Key, &opentelemetry::Value)| {
            Attribute::from_sdk(&KeyValue::new(key.clone(), value.clone()))
        };
        self.resource = resource.iter().map(attribute).collect();
    }
}

impl JourneyExporter {
    fn source(&self, scope: &opentelemetry::InstrumentationScope) -> Arc<Source> {
        Source::new(self.resource.iter().cloned(), scope.name(), scope.version().unwrap_or_default())
            .with_scope_attributes(scope.attributes().map(Attribute::from_sdk))
    }
}
