//! Configuration of a [`MessagingTracer`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{Tracer, TracerProvider};

use super::messaging_tracer::{Boundary, Inner, MessagingTracer};
#[cfg(feature = "tracing")]
use crate::bridge::TracingBridge;
use crate::context::handled::Handled;
#[cfg(feature = "metrics")]
use crate::observe::MessagingMetrics;
use crate::observe::{
    AttributeStage, BaggageStage, BodySizeStage, HeaderStage, HookStage, Hooks, MessageKeyStage, Metrics,
    Observer, Observers, SpanHook, TracerSource,
};
use crate::operation::ErrorTypes;
use crate::policy::{Correlation, EffectivePolicy, Existing, LivePolicies, LiveSource, TracerPolicies};
use crate::propagation::{MessagePropagator, Problem, ProblemLog, Problems, Trust};

/// Configures a [`MessagingTracer`]. Nothing is required.
///
/// ```
/// use std::time::Duration;
/// use tracehop::MessagingTracer;
///
/// #[derive(Debug)]
/// struct Declined { by: &'static str }
///
/// let tracer = MessagingTracer::builder()
///     .max_age(Duration::from_secs(3600))
///     .error_type(|declined: &Declined| declined.by)
///     .on_problem(|problem| eprintln!("a message's headers: {problem}"))
///     .build();
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct MessagingTracerBuilder {
    propagator: Option<MessagePropagator>,
    pub(super) policy: EffectivePolicy,
    max_batch_links: Option<usize>,
    pub(super) policies: Option<LivePolicies>,
    pub(super) hooks: Hooks,
    pub(super) on_span: Vec<SpanHook>,
    observers: Observers,
    #[cfg(feature = "metrics")]
    metrics: Option<MessagingMetrics>,
    problems: ProblemLog,
    error_types: ErrorTypes,
    boundary: Boundary,
    explains: bool,
    #[cfg(feature = "tracing")]
    bridge: Option<TracingBridge>,
}

impl MessagingTracer {
    /// A tracer that uses the application's global provider, and the propagator that `OTEL_PROPAGATORS` asks for.
    pub fn global() -> Self {
        Self::builder().build()
    }

    /// A tracer that is configured by hand. Nothing is required.
    pub fn builder() -> MessagingTracerBuilder {
        MessagingTracerBuilder::default()
    }
}

impl MessagingTracerBuilder {
    /// The provider that makes the spans. Default: the application's global one, whenever it is installed, and the one that
    /// takes its place.
    pub fn tracer_provider<P>(mut self, provider: P) -> Self
    where
        P: TracerProvider + Send + Sync + 'static,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.observers.set_source(TracerSource::given(provider));
        self
    }

    /// How context is read from and written to headers. Default: what `OTEL_PROPAGATORS` asks for, which is W3C Trace
    /// Context and W3C Baggage if it is unset.
    pub fn propagator(mut self, propagator: MessagePropagator) -> Self {
        self.propagator = Some(propagator);
        self
    }

    /// Whether a message's context becomes a parent or is only linked. Default: [`Correlation::Continue`].
    pub fn correlation(mut self, correlation: Correlation) -> Self {
        self.policy.correlation = correlation;
        self
    }

    /// Messages that are older are only linked, never continued, so that a replayed topic does not grow a week-old
    /// trace. Default: no limit. It needs a timestamp on the message; without one the message counts as fresh.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.policy.max_age = Some(age);
        self
    }

    /// What becomes of a context that is already on an outgoing message. Default: [`Existing::Auto`].
    pub fn existing(mut self, existing: Existing) -> Self {
        self.policy.existing = existing;
        self
    }

    /// Whether getting a single message has a span of its own, beside the one that processes it. Default: no.
    pub fn receive_spans(mut self, enabled: bool) -> Self {
        self.policy.receive_spans = enabled;
        self
    }

    /// Whether an unsampled parent is trusted to mean that nobody will see the span: then no span is made at all, and the
    /// parent's context goes on in its place, which costs about half. Default: no, because a sampler may decide otherwise
    /// than the parent did. Turn it on where the sampler follows the parent, as `ParentBased` does. `Traces` of `tracehop-sdk` knows
    /// the sampler of the provider that it makes: its tracer has this on where that is right.
    ///
    /// ```
    /// # use opentelemetry::Context;
    /// # use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use tracehop::{CreationContext, MemoryHeaders, MessagingTracer};
    /// # use tracehop::{ClientFacts, ClientTracer, Destination, MessageInfo};
    /// # enum Mail {}
    /// # impl tracehop::MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    ///
    /// # let provider = SdkTracerProvider::default();
    /// let tracer = MessagingTracer::builder().tracer_provider(provider).trust_unsampled(true).build();
    ///
    /// let unsampled: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse()?;
    /// let _active = unsampled.to_context().attach();
    /// # let client = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
    /// # let mut headers = MemoryHeaders::new();
    /// # client.send(&MessageInfo::to(Destination::named("orders")), &mut headers).end();
    /// // A message that is sent here carries the parent's own context.
    /// assert_eq!(tracer.extract(&headers).creation, unsampled);
    /// # Ok::<(), tracehop::ParseCreationContextError>(())
    /// ```
    pub fn trust_unsampled(mut self, trusted: bool) -> Self {
        self.policy.trust_unsampled = trusted;
        self
    }

    /// Whether spans under an unsampled parent start with their attributes and links, so that a sampler which does not follow
    /// the parent can decide by them, for example by the destination. Default: no, because nearly every sampler follows the
    /// parent, and making what nobody will see costs more than the rest of the span. A span that records has them in any case.
    pub fn sampler_sees_all(mut self, enabled: bool) -> Self {
        self.policy.sampler_sees_all = enabled;
        self
    }

    /// Whether the links of a batch have no attributes: no partition, identifier or destination of each message. A batch
    /// of a hundred then costs about half. Default: no.
    pub fn plain_batch_links(mut self, plain: bool) -> Self {
        self.policy.plain_batch_links = plain;
        self
    }

    /// How many links the span of a batch has at most; how many messages' contexts found no room is its attribute
    /// `tracehop.batch.links_dropped`. Set it together with `max_links_per_span` of the SDK's provider, which drops what is
    /// beyond. The default of both is what `OTEL_SPAN_LINK_COUNT_LIMIT` says, and 128 if that says nothing.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use tracehop::MessagingTracer;
    ///
    /// let provider = SdkTracerProvider::builder().with_max_links_per_span(1_000).build();
    /// let tracer = MessagingTracer::builder().tracer_provider(provider).max_batch_links(1_000).build();
    /// ```
    pub fn max_batch_links(mut self, most: usize) -> Self {
        self.max_batch_links = Some(most);
        self
    }

    /// Records [metrics](MessagingMetrics), whether or not there are spans. The default: none.
    ///
    /// ```
    /// use tracehop::{MessagingMetrics, MessagingTracer};
    ///
    /// // Of whatever meter provider the application has installed, or installs later.
    /// let tracer = MessagingTracer::builder().metrics(MessagingMetrics::global()).build();
    /// ```
    #[cfg(feature = "metrics")]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
    pub fn metrics(mut self, metrics: MessagingMetrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Adds somebody who watches all operations, whether or not they have a span. It may be called several times;
    /// observers are told in the order in which they were added, after the span.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.add(observer);
        self
    }

    /// Whether spans show message keys. Default: no, because they are often personal data.
    pub fn record_message_keys(mut self, enabled: bool) -> Self {
        self.policy.message_keys = enabled;
        self
    }

    /// Whether spans show the size of the payload. Default: no.
    pub fn record_body_sizes(mut self, enabled: bool) -> Self {
        self.policy.body_sizes = enabled;
        self
    }

    /// The `error.type` for a type of error that handlers return: a word of low cardinality. Default: the client's code
    /// for client errors, else the type's name. It may be called for several types; for one type the last call counts.
    pub fn error_type<E: 'static, T: Into<Cow<'static, str>>>(
        mut self,
        classify: impl Fn(&E) -> T + Send + Sync + 'static,
    ) -> Self {
        self.error_types.add(classify);
        self
    }

    /// How far the context on received messages is trusted. Default: [`Trust::Full`]. For one client it is
    /// [`MessagingTracer::with_trust`].
    pub fn trust(mut self, trust: Trust) -> Self {
        self.boundary.trust = trust;
        self
    }

    /// Whether the messages that are sent carry no context, and lose what is on them. Default: no. For one client it is
    /// [`MessagingTracer::with_strip`].
    pub fn strip(mut self, strips: bool) -> Self {
        self.boundary.strips = strips;
        self
    }

    /// Whether each span of processing one message has an event `tracehop.extracted`, which names the context headers of the
    /// message and says what became of each, as [`Received::explain`](crate::Received::explain) does. Default: no. It reads the
    /// headers once more.
    pub fn explain_extraction(mut self, enabled: bool) -> Self {
        self.explains = enabled;
        self
    }

    /// Makes the span of processing a message known to the crate `tracing`: what is logged directly in a handler lands on it. The
    /// [tracer](TracingBridge::tracer) of the same bridge belongs into the layer of `tracing-opentelemetry`. Default: none.
    #[cfg(feature = "tracing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
    pub fn tracing_bridge(mut self, bridge: TracingBridge) -> Self {
        self.bridge = Some(bridge);
        self
    }

    /// Called for each problem with a message's context headers, on the thread that handles the message: it should be
    /// quick. If it panics the panic is caught. Default: problems are only counted. It is called
    /// [100 times a second](Self::problems_per_second) at most, because others decide how many messages with problems there
    /// are; the counts are always right.
    pub fn on_problem(mut self, hook: impl Fn(Problem) + Send + Sync + 'static) -> Self {
        self.problems.hook = Some(Box::new(hook));
        self
    }

    /// How often [`on_problem`](Self::on_problem) is called in one second at most. Default: 100. How often it was not called is
    /// [counted](MessagingTracer::unreported_problems).
    pub fn problems_per_second(mut self, most: u32) -> Self {
        self.problems.per_second = most;
        self
    }

    /// The tracer.
    pub fn build(mut self) -> MessagingTracer {
        // As the SDK reads it.
        let asked = || std::env::var("OTEL_SPAN_LINK_COUNT_LIMIT").ok()?.parse::<u32>().ok();
        let asked = || asked().and_then(|most| usize::try_from(most).ok());
        self.policy.max_batch_links =
            self.max_batch_links.or_else(asked).unwrap_or(self.policy.max_batch_links);
        let mut problems = Problems::default();
        let propagator = self.propagator.unwrap_or_else(|| {
            let asked = std::env::var("OTEL_PROPAGATORS").unwrap_or_default();
            let (propagator, unknown) = MessagePropagator::from_list(&asked);
            if unknown.is_some() {
                problems.add(Problem::UnknownPropagator);
            }
            propagator
        });
        // A policy that is put in place later may ask for any of them.
        let is_live = self.policies.is_some();
        // Another stage is a file beside these and a line here.
        let mut stages: Vec<Box<dyn AttributeStage>> = Vec::new();
        if self.policy.body_sizes || is_live {
            stages.push(Box::new(BodySizeStage));
        }
        if self.policy.message_keys || is_live {
            stages.push(Box::new(MessageKeyStage));
        }
        if !self.policy.captured_headers.is_empty() || is_live {
            stages.push(Box::new(HeaderStage));
        }
        if !self.policy.baggage_attributes.is_empty() || is_live {
            stages.push(Box::new(BaggageStage));
        }
        for hook in self.on_span {
            stages.push(Box::new(HookStage { hook, panics: Arc::clone(&self.hooks.panics) }));
        }
        // If there is a provider by now, messages that are received before anything else happens are remembered too.
        self.observers.source().should_skip();
        let handled = if self.observers.source().is_global() { Handled::shared() } else { Arc::default() };
        let policies = match self.policies {
            None => TracerPolicies::fixed(self.policy),
            Some(live) => {
                TracerPolicies::new(Box::new(LiveSource::new(live, self.policy, propagator.clone())))
            }
        };
        #[cfg(feature = "metrics")]
        let metrics = self
            .metrics
            .map(|settings| Metrics::new(settings, policies.shared_version()))
            .unwrap_or_default();
        #[cfg(not(feature = "metrics"))]
        let metrics = Metrics;
        let inner = Inner {
            propagator,
            policies,
            hooks: self.hooks,
            stages,
            observers: Arc::new(self.observers),
            metrics,
            problems: self.problems,
            handled,
            error_types: self.error_types.shared(),
            explains: self.explains,
            #[cfg(feature = "tracing")]
            bridge: self.bridge,
        };
        let tracer = MessagingTracer { inner: Arc::new(inner), boundary: self.boundary };
        tracer.report(problems);
        tracer
    }
}

impl fmt::Debug for MessagingTracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingTracerBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}
