use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::buckets::Buckets;
use super::insight::Insight;
use super::linked_sampler::LinkedSampler;
use super::rule_sampler::RuleSampler;
use super::span_view::SpanView;

/// Destinations that have a limit of their own, unless something else is said.
const DESTINATIONS: usize = 1_000;

/// Limits how many traces of one destination another sampler starts.
///
/// | The span | The decision |
/// |---|---|
/// | Its parent is sampled | The given sampler's |
/// | It has no parent or one that is not sampled, and the given sampler samples it | Sampled as long as its destination has not used up its traces, else dropped |
/// | It says of no destination | The given sampler's |
///
/// A destination may start as many traces at once as it may in one second, and gets them back one by one. It is
/// `messaging.destination.template`, else `messaging.destination.name`. Destinations beyond
/// [`max_destinations`](Self::max_destinations) share the traces of one; that is [counted](Self::overflowed). Nothing waits or
/// locks.
///
/// Clones share their limits and counts, so a clone that is kept tells what happened.
///
/// ```
/// use opentelemetry_sdk::trace::Sampler;
/// use tracehop_sdk::{JourneyExporter, RateCap, Traces};
///
/// let cap = RateCap::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)), 10);
/// let traces = Traces::builder("orders").sampler(cap.clone()).exporter(JourneyExporter::new()).build()?;
/// // It follows the parent if the given sampler does.
/// assert!(traces.follows_parent());
/// assert_eq!((cap.limited(), cap.overflowed()), (0, 0));
/// # Ok::<(), tracehop_sdk::TracesError>(())
/// ```
///
/// To keep what a sampled producer links to without a limit, put the limit inside: `LinkedSampler::new(RateCap::new(..))`.
#[derive(Clone)]
pub struct RateCap {
    inner: Box<dyn ShouldSample>,
    insight: Insight,
    per_second: u32,
    clock: Arc<Clock>,
    shared: Arc<Shared>,
}

/// The time since some moment.
type Clock = dyn Fn() -> Duration + Send + Sync;

#[derive(Debug)]
struct Shared {
    buckets: Buckets,
    limited: AtomicU64,
    overflowed: AtomicU64,
}

impl RateCap {
    /// So many of the traces that `inner` samples, per second and destination. With 0 no trace of a destination starts here.
    pub fn new(inner: impl Into<Box<dyn ShouldSample>> + 'static, per_second: u32) -> Self {
        let any: &dyn Any = &inner;
        let insight = any.downcast_ref().map_or_else(|| insight_of_inner(any), Self::insight);
        let started = Instant::now();
        Self {
            inner: inner.into(),
            insight,
            per_second,
            clock: Arc::new(move || started.elapsed()),
            shared: Shared::new(per_second, DESTINATIONS),
        }
    }

    /// How many destinations have a limit of their own: 1,000 if it is not set, 65,536 at most. Each takes 32 to 64 bytes from the
    /// beginning. It begins anew: call it before the sampler is cloned.
    pub fn max_destinations(mut self, destinations: usize) -> Self {
        self.shared = Shared::new(self.per_second, destinations);
        self
    }

    /// Tells the time in place of the process's own clock, for tests: the time since some moment, which never goes back.
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How many spans were dropped because their destination had used up its traces.
    pub fn limited(&self) -> u64 {
        self.shared.limited.load(Ordering::Relaxed)
    }

    /// How many spans shared the limit of all destinations beyond [`max_destinations`](Self::max_destinations).
    pub fn overflowed(&self) -> u64 {
        self.shared.overflowed.load(Ordering::Relaxed)
    }

    pub(super) fn insight(&self) -> Insight {
        self.insight
    }

    fn is_within_limit(&self, destination: &str) -> bool {
        let now = u64::try_from((self.clock)().as_nanos()).unwrap_or(u64::MAX);
        let taken = self.shared.buckets.take(destination, now);
        if taken.is_overflow {
            self.shared.overflowed.fetch_add(1, Ordering::Relaxed);
        }
        if !taken.is_allowed {
            self.shared.limited.fetch_add(1, Ordering::Relaxed);
        }
        taken.is_allowed
    }
}

impl Shared {
    fn new(per_second: u32, destinations: usize) -> Arc<Self> {
        let buckets = Buckets::new(per_second, destinations);
        Arc::new(Self { buckets, limited: AtomicU64::new(0), overflowed: AtomicU64::new(0) })
    }
}

/// What is known of a sampler that is no [`RateCap`].
pub(super) fn insight_of_inner(sampler: &dyn Any) -> Insight {
    if let Some(sampler) = sampler.downcast_ref::<RuleSampler>() {
        sampler.insight()
    } else if sampler.is::<LinkedSampler>() {
        LinkedSampler::INSIGHT
    } else {
        sampler.downcast_ref::<Sampler>().map(Insight::of_the_sdk).unwrap_or_default()
    }
}

impl ShouldSample for RateCap {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result =
            self.inner.should_sample(parent_context, trace_id, name, span_kind, attributes, links);
        let is_child = || {
            parent_context.is_some_and(|cx| {
                let span = cx.span();
                span.span_context().is_valid() && span.span_context().is_sampled()
            })
        };
        if result.decision != SamplingDecision::RecordAndSample || is_child() {
            return result;
        }
        let span = SpanView { parent: parent_context, kind: span_kind, attributes };
        if span.destination().is_some_and(|destination| !self.is_within_limit(destination)) {
            result.decision = SamplingDecision::Drop;
        }
        result
    }
}

impl fmt::Debug for RateCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateCap")
            .field("inner", &self.inner)
            .field("per_second", &self.per_second)
            .field("limited", &self.limited())
            .field("overflowed", &self.overflowed())
            .finish_non_exhaustive()
    }
}
