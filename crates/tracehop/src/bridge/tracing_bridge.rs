//! `TracingBridge`, which the layer's tracer and ours share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer};
use tracing::level_filters::LevelFilter;

use super::announcement::{Announcement, QUESTION};
use super::bridged_tracer::BridgedTracer;
use super::here;
use super::layer_kind::{LayerKind, Seen};

/// Makes the span of processing a message known to the crate `tracing`, so that what is logged directly in a handler lands on
/// that span.
///
/// `tracing` has a current span of its own, and knows nothing of OpenTelemetry's. With a bridge, the handling of a message has
/// a span of `tracing` too, which `tracing-opentelemetry` takes for ours: events, attributes, links and the status that it is
/// given reach the process span, spans that are made inside are its children, and nothing is exported twice.
///
/// One bridge belongs into two places: its [`tracer`](Self::tracer) into the layer, and the bridge itself into
/// [`MessagingTracerBuilder::tracing_bridge`](crate::MessagingTracerBuilder::tracing_bridge). If it is missing in the layer,
/// `tracing` shows the handling of a message as a span of its own, which is exported beside ours. It is cheap to clone.
///
/// The span of `tracing` has the name `process`, the target `tracehop::process`, the level INFO, and the fields `messaging.system` and
/// `messaging.destination.name`. Where a filter hides it everything is as without a bridge.
///
/// ```
/// use tracehop::{MessagingTracer, TracingBridge};
/// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
/// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
/// # }
/// use tracehop_testing::SpanRecorder;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let spans = SpanRecorder::new();
/// let bridge = TracingBridge::new();
/// let layer = tracing_opentelemetry::layer().with_tracer(bridge.tracer(spans.tracer()));
/// let provider = spans.provider().clone();
/// let tracer = MessagingTracer::builder().tracer_provider(provider).tracing_bridge(bridge).build();
///
/// # let letter = tracer.receive::<Mail, _>(Letter(MemoryHeaders::new()));
/// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
///     letter.process_blocking(|| tracing::info!("weighed"));
/// });
/// spans.tree().events(true).assert("process inbox  CONSUMER  events: weighed");
/// ```
#[derive(Clone, Debug)]
pub struct TracingBridge {
    /// No other bridge of this process has, or had, the same.
    id: u64,
    layer: Arc<LayerKind>,
}

impl TracingBridge {
    /// A bridge, which no other has anything to do with.
    pub fn new() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        Self { id: IDS.fetch_add(1, Ordering::Relaxed), layer: Arc::default() }
    }

    /// The tracer for the layer of `tracing-opentelemetry`: `inner`, but where it is asked for the span of a message's handling,
    /// it gives the one that is there already. `inner` should be of the provider that makes the spans of messages.
    pub fn tracer<T: Tracer>(&self, inner: T) -> BridgedTracer<T> {
        self.layer.expect_one();
        BridgedTracer::new(self.id, inner)
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Takes note of what layers do.
    pub(super) fn has_seen(&self, seen: Seen) {
        // That one subscriber has no layer says nothing of another one.
        if seen != Seen::Nothing || self.layer.get().is_none() {
            self.layer.set(seen);
        }
    }

    /// OpenTelemetry's current context. If a layer tells OpenTelemetry nothing, it has the span of `tracing` in it that is current.
    #[inline]
    pub(crate) fn current(&self) -> Context {
        match self.layer.get() {
            Some(Seen::Activates | Seen::Nothing) => Context::current(),
            Some(Seen::IsSilent) | None => self.look_for_current(),
        }
    }

    #[cold]
    fn look_for_current(&self) -> Context {
        let current = Context::current();
        // A layer that has another tracer would export what is to be thrown away.
        if LevelFilter::current() < LevelFilter::INFO || !self.layer.may_be_there() {
            return current;
        }
        let span = current.span().span_context().clone();
        // What was made current by hand, inside of a handler or outside, goes before what `tracing` knows.
        let is_by_hand = span.is_valid() && !here::is_in_handler_of(span.span_id());
        if is_by_hand || current.is_telemetry_suppressed() || here::is_building() {
            return current;
        }
        let announcement = Announcement::of_nothing(self.id);
        let question = tracing::info_span!(target: "tracehop::process", QUESTION);
        if self.layer.get().is_none() && !question.is_disabled() {
            question.in_scope(|| self.has_seen(announcement.seen()));
        }
        if self.layer.get() != Some(Seen::IsSilent) {
            return current;
        }
        // A layer asks for the span when it is closed at the latest, and tells its parent then.
        drop(question);
        let inside = announcement.parent().map(|parent| parent.span().span_context().clone());
        match inside.filter(|inside| inside.is_valid() && *inside != span) {
            Some(inside) => current.with_remote_span_context(inside),
            None => current,
        }
    }
}

impl Default for TracingBridge {
    fn default() -> Self {
        Self::new()
    }
}
