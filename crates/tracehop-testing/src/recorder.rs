//! An OpenTelemetry SDK whose spans a test can wait for and look at.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{Link, Span as _, SpanKind, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample, Span, SpanData, SpanProcessor,
};
use tracehop::{MessagingTracer, MessagingTracerBuilder};

use crate::TraceTree;
use crate::printable::{indented, printable, shortened};
use crate::recorded_span::{Id, RecordedSpan};
use crate::recorder_methods::recorder_methods;
use crate::store::Store;

/// An SDK of a test's own, and every span that it would export. It is cheap to clone, and clones share the spans.
///
/// It sets no global, so tests that have a recorder each can run in parallel. Spans that are not sampled are not recorded,
/// because no exporter would see them.
///
/// ```
/// use opentelemetry::trace::Tracer;
/// use tracehop_testing::SpanRecorder;
///
/// let spans = SpanRecorder::new();
/// spans.tracer().in_span("place order", |_| {});
/// spans.assert_tree("place order  INTERNAL");
/// ```
#[derive(Clone)]
pub struct SpanRecorder {
    provider: SdkTracerProvider,
    sampler: SharedSampler,
    /// `None`: as many as the SDK allows by default.
    max_links: Option<u32>,
    store: Arc<Store<Spans>>,
}

#[derive(Default)]
struct Spans {
    /// How many spans have started. Clocks are too coarse to tell their order.
    started: u64,
    /// The place in that order of each span that has not ended, and its name when it started.
    running: HashMap<Id, (u64, Cow<'static, str>)>,
    ended: Vec<(u64, RecordedSpan)>,
}

impl Default for SpanRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl SpanRecorder {
    /// A recorder that samples every span.
    pub fn new() -> Self {
        Self::with_sampler(Sampler::AlwaysOn)
    }

    /// A recorder that samples no span and so records none. It is for tests of what is propagated nevertheless.
    pub fn unsampled() -> Self {
        Self::with_sampler(Sampler::AlwaysOff)
    }

    /// A recorder with a sampler of your own, for example `Sampler::ParentBased`.
    pub fn with_sampler(sampler: impl ShouldSample + 'static) -> Self {
        let sampler = SharedSampler(Arc::new(sampler));
        Self::with(sampler, None, Arc::default(), None)
    }

    /// A recorder that samples every span, whose spans may have so many links: by default an SDK keeps 128 and counts the rest.
    pub fn with_max_links(most: u32) -> Self {
        Self::with(SharedSampler(Arc::new(Sampler::AlwaysOn)), Some(most), Arc::default(), None)
    }

    fn with(
        sampler: SharedSampler,
        max_links: Option<u32>,
        store: Arc<Store<Spans>>,
        service: Option<Arc<str>>,
    ) -> Self {
        let mut resource = Resource::builder_empty();
        if let Some(service) = &service {
            resource = resource.with_service_name(service.to_string());
        }
        let mut provider = SdkTracerProvider::builder()
            .with_sampler(sampler.clone())
            .with_resource(resource.build())
            .with_span_processor(Processor { store: Arc::clone(&store), service });
        if let Some(most) = max_links {
            provider = provider.with_max_links_per_span(most);
        }
        Self { provider: provider.build(), sampler, max_links, store }
    }

    /// A recorder of the same spans, for a service of this name in the same process: a provider of its own, whose spans have
    /// the name in front in trees, and are found by [`Hop`](crate::Hop).
    ///
    /// ```
    /// use opentelemetry::trace::Tracer;
    /// use tracehop_testing::SpanRecorder;
    ///
    /// let spans = SpanRecorder::new();
    /// spans.service("checkout").tracer().in_span("place order", |_| {});
    /// spans.assert_tree("checkout: place order  INTERNAL");
    /// ```
    pub fn service(&self, name: &str) -> Self {
        Self::with(self.sampler.clone(), self.max_links, Arc::clone(&self.store), Some(name.into()))
    }

    /// A messaging tracer whose spans are recorded here, with defaults for everything else.
    pub fn messaging_tracer(&self) -> MessagingTracer {
        self.messaging_tracer_builder().build()
    }

    /// The builder of such a tracer, which can be configured further.
    pub fn messaging_tracer_builder(&self) -> MessagingTracerBuilder {
        MessagingTracer::builder().tracer_provider(self.provider.clone())
    }

    /// The SDK's provider, for example to shut it down.
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// A plain tracer, for spans of the application around the messaging ones.
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    /// The spans that have ended, in the order in which they started.
    pub fn finished(&self) -> Vec<SpanData> {
        self.recorded().map(|recorded| recorded.span).collect()
    }

    fn recorded(&self) -> impl Iterator<Item = RecordedSpan> + use<> {
        let mut ended = self.store.lock().ended.clone();
        // A span may have been given an earlier start than the moment it was made.
        ended.sort_by_key(|(place, recorded)| (recorded.span.start_time, *place));
        ended.into_iter().map(|(_, recorded)| recorded)
    }

    fn arrived(&self) -> usize {
        self.store.lock().ended.len()
    }

    /// How many spans have started but not ended.
    pub fn unfinished(&self) -> usize {
        self.store.lock().running.len()
    }

    /// Forgets the spans that have ended.
    pub fn clear(&self) {
        self.store.change(|spans| spans.ended.clear());
    }

    /// The spans that have ended, as a tree.
    pub fn tree(&self) -> TraceTree {
        TraceTree::of(self.recorded()).with_note(self.note())
    }

    /// Asserts that every span that has started has ended.
    ///
    /// # Panics
    ///
    /// Panics if one has not. The message names those that have not, as they were called when they started, and shows the
    /// others as a tree.
    #[track_caller]
    pub fn assert_no_unfinished(&self) {
        let names = self.running();
        assert!(
            names.is_empty(),
            "spans that have not ended: {}\n{}{}",
            names.len(),
            indented(&names),
            TraceTree::of(self.recorded()).recorded()
        );
    }

    /// The names of the spans that have not ended, in the order in which they started.
    fn running(&self) -> Vec<String> {
        let spans = self.store.lock();
        let mut running: Vec<&(u64, Cow<'static, str>)> = spans.running.values().collect();
        running.sort();
        running.into_iter().map(|(_, name)| printable(name)).collect()
    }

    fn note(&self) -> String {
        const SHOWN: usize = 10;
        let names = self.running();
        let more = if names.len() > SHOWN { ", …" } else { "" };
        match names.len() {
            0 => String::new(),
            count => {
                let first = names.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
                format!("spans that have not ended: {count} ({first}{more})\n")
            }
        }
    }

    fn seen(&self) -> String {
        let tree = self.tree();
        let (ended, running) = (self.arrived(), self.unfinished());
        format!("{ended} have ended, {running} have not:\n{}{}", shortened(&tree.to_string()), tree.note)
    }
}

recorder_methods!(SpanRecorder, SpanData, "ended");

impl fmt::Debug for SpanRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanRecorder")
            .field("finished", &self.arrived())
            .field("unfinished", &self.unfinished())
            .finish_non_exhaustive()
    }
}

struct Processor {
    store: Arc<Store<Spans>>,
    service: Option<Arc<str>>,
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, _: &Context) {
        let context = span.span_context();
        if !context.is_sampled() {
            return;
        }
        let id = (context.trace_id(), context.span_id());
        let name = span.exported_data().map(|data| data.name).unwrap_or_default();
        // Nobody waits for a span to start.
        let mut spans = self.store.lock();
        spans.started += 1;
        let place = spans.started;
        spans.running.insert(id, (place, name));
    }

    fn on_end(&self, span: SpanData) {
        let recorded = RecordedSpan { service: self.service.clone(), ..RecordedSpan::from(span) };
        self.store.change(|spans| {
            if let Some((place, _)) = spans.running.remove(&recorded.id()) {
                spans.ended.push((place, recorded));
            }
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpanRecorder")
    }
}

/// One sampler for the providers of all services.
#[derive(Clone, Debug)]
struct SharedSampler(Arc<dyn ShouldSample>);

impl ShouldSample for SharedSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        self.0.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}
