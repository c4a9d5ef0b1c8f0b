//! The exporter that keeps finished spans for journeys.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::Key;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::join::join;
use crate::journey::Journey;
use crate::span::JourneySpan;
use crate::text;

/// Keeps finished spans in memory and joins them into [`Journey`]s.
///
/// Clones share one store. Give a clone to each service's tracer provider, and keep one to ask for the journeys. Each span
/// remembers the `service.name` of the provider that it came from. When a provider is shut down the store stays as it is,
/// because other providers may still write to it and the spans are usually read afterwards.
///
/// Memory is bounded: if there are more than [`max_spans`](Self::with_max_spans) spans, the oldest are dropped and
/// [counted](Self::dropped). Each span keeps only what [`JourneySpan`] shows.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
/// use tracehop_sdk::JourneyExporter;
///
/// let exporter = JourneyExporter::with_max_spans(10_000);
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
    /// The service of the provider that owns this clone. It is set through [`SpanExporter::set_resource`].
    service: Option<Arc<str>>,
}

struct Store {
    /// In the order in which they were exported, which is close to the order in which they ended.
    spans: VecDeque<Arc<JourneySpan>>,
    max_spans: usize,
    dropped: u64,
}

impl JourneyExporter {
    /// How many spans an exporter made by [`new`](Self::new) keeps.
    pub const DEFAULT_MAX_SPANS: usize = 100_000;

    /// Makes an exporter that keeps at most [`DEFAULT_MAX_SPANS`](Self::DEFAULT_MAX_SPANS) spans.
    pub fn new() -> Self {
        Self::with_max_spans(Self::DEFAULT_MAX_SPANS)
    }

    /// Makes an exporter that keeps at most `max_spans` spans. A span usually takes less than 500 bytes.
    pub fn with_max_spans(max_spans: usize) -> Self {
        let store = Store { spans: VecDeque::new(), max_spans, dropped: 0 };
        Self { store: Arc::new(Mutex::new(store)), service: None }
    }

    /// Joins the spans kept now into journeys, in the order the journeys started.
    ///
    /// Spans of one trace belong to one journey. Traces that a link connects do too, even if the linked span itself was
    /// never recorded here. A span around many messages, such as that of a batch, therefore makes one journey of all of
    /// them. A span that was merely active while messages were handled, such as that of a consumer loop, is linked by the
    /// spans of those messages and joins none of them. Spans that have not ended yet are missing.
    ///
    /// The store keeps its spans. The lock is held only while references to them are copied.
    pub fn journeys(&self) -> Vec<Journey> {
        let spans = self.lock().spans.iter().map(Arc::clone).collect();
        join(spans)
    }

    /// How many spans were not kept since this exporter was made: the oldest of too many, and spans without valid ids.
    ///
    /// If it is more than zero, journeys may lack their beginnings.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// How many spans are kept now.
    pub fn len(&self) -> usize {
        self.lock().spans.len()
    }

    /// Whether no span is kept now.
    pub fn is_empty(&self) -> bool {
        self.lock().spans.is_empty()
    }

    /// Forgets all spans kept now, without counting them as dropped.
    pub fn clear(&self) {
        self.lock().spans.clear();
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
            .field("service", &self.service)
            .field("len", &store.spans.len())
            .field("max_spans", &store.max_spans)
            .field("dropped", &store.dropped)
            .finish_non_exhaustive()
    }
}

impl SpanExporter for JourneyExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // Reduced before the lock is taken: services that share the store should not wait for each other's strings.
        let spans: Vec<_> =
            batch.into_iter().map(|data| JourneySpan::new(data, self.service.clone())).collect();
        let mut store = self.lock();
        for span in spans {
            match span {
                Some(span) => store.keep(span),
                None => store.dropped += 1,
            }
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let name = resource.get_ref(&Key::from_static_str("service.name"));
        self.service = name.map(|name| text::bounded(&name.as_str()).into());
    }
}

impl Store {
    fn keep(&mut self, span: JourneySpan) {
        self.spans.push_back(Arc::new(span));
        if self.spans.len() > self.max_spans {
            self.spans.pop_front();
            self.dropped += 1;
        }
    }
}
