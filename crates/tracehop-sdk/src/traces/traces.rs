#[cfg(feature = "messaging")]
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use crate::Drops;
use crate::samplers::Insight;

/// The time for a shutdown, if nothing else was said: what the SDK gives it.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The traces of a service, set up: a tracer provider with its sampler, resource, processor and exporter.
///
/// [`TracesBuilder`](crate::TracesBuilder) says what it is made of, and which variables are read. It is a provider of the SDK
/// like any other, with one difference: its sampler is known here, so [`follows_parent`](Self::follows_parent) can say whether a
/// span under an unsampled parent is ever recorded. Nothing is global unless [`set_global`](Self::set_global) is called.
///
/// Keep it until the process ends: see [below](#when-it-is-dropped).
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use tracehop_sdk::{JourneyExporter, Traces};
///
/// // Without this exporter spans go to a collector, as the OTEL_EXPORTER_OTLP_ variables say.
/// let exporter = JourneyExporter::new();
/// let traces = Traces::builder("orders").exporter(exporter.clone()).build()?;
///
/// traces.provider().tracer("doc").in_span("place order", |_| {});
/// traces.shutdown()?;
///
/// assert_eq!(exporter.len(), 1);
/// assert_eq!(traces.drops().total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # If the SDK is disabled
///
/// With `OTEL_SDK_DISABLED=true` nothing is exported, no thread is started, and no span is made. Contexts of messages still pass
/// through the messaging tracer as they came, and those of other calls through the global provider. [`provider`](Self::provider)
/// is one that was shut down: its spans record nothing, and have no valid context.
///
/// ```
/// use opentelemetry::trace::{Span, SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer};
/// use opentelemetry::{Context, global};
/// use tracehop_sdk::Traces;
///
/// let disabled = |name: &str| (name == "OTEL_SDK_DISABLED").then(|| "true".to_owned());
/// let traces = Traces::builder("orders").variables(disabled).build()?;
/// traces.set_global();
///
/// let caller = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
/// let cx = Context::new().with_remote_span_context(caller.clone());
/// assert_eq!(global::tracer("doc").start_with_context("place order", &cx).span_context(), &caller);
/// # Ok::<(), tracehop_sdk::TracesError>(())
/// ```
///
/// # When it is dropped
///
/// It is shut down, which exports what is left. That takes five seconds at most, in which it blocks the thread; a processor that was
/// added with [`provider_settings`](crate::TracesBuilder::provider_settings) may take as long again. Tracers and
/// clones of the provider that are left make no more spans, those of the global provider too. Call
/// [`shutdown_with_timeout`](Self::shutdown_with_timeout) before, to choose another time, or to know whether all was exported. A
/// process that ends by [`std::process::exit`] drops nothing.
///
/// # Panics
///
/// Nothing in it panics.
#[derive(Debug)]
#[must_use = "traces that are dropped are shut down"]
pub struct Traces {
    provider: SdkTracerProvider,
    insight: Insight,
    is_disabled: bool,
    drops: Drops,
    #[cfg(feature = "messaging")]
    pub(super) messaging_tracer: OnceLock<tracehop::MessagingTracer>,
}

impl Traces {
    pub(super) fn new(provider: SdkTracerProvider, insight: Insight, drops: Drops) -> Self {
        Self {
            provider,
            insight,
            is_disabled: false,
            drops,
            #[cfg(feature = "messaging")]
            messaging_tracer: OnceLock::new(),
        }
    }

    /// No traces at all.
    pub(super) fn disabled() -> Self {
        // One that drops every span would say to the next service that the trace is not sampled. That is not its to say.
        let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
        let _first = provider.shutdown();
        let mut traces = Self::new(provider, Insight::FOLLOWING, Drops::new());
        traces.is_disabled = true;
        traces
    }

    /// The SDK's provider, for tracers of all kinds. Clones share all of it.
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// Lets this provider be OpenTelemetry's global one, in place of whatever was.
    ///
    /// `MessagingTracer::global()` makes its spans with it then, but does not know its sampler, and does not trust unsampled
    /// parents. `messaging_tracer`, with the feature `messaging`, does.
    ///
    /// ```
    /// use opentelemetry::global;
    /// use opentelemetry::trace::Tracer;
    /// use tracehop_sdk::{JourneyExporter, Traces};
    ///
    /// let exporter = JourneyExporter::new();
    /// let traces = Traces::builder("orders").exporter(exporter.clone()).build()?;
    /// traces.set_global();
    ///
    /// global::tracer("doc").in_span("place order", |_| {});
    /// traces.shutdown()?;
    /// assert_eq!(exporter.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_global(&self) {
        if self.is_disabled {
            // It hands the parent's context on, which a provider that was shut down does not.
            global::set_tracer_provider(NoopTracerProvider::new());
        } else {
            global::set_tracer_provider(self.provider.clone());
        }
    }

    /// Whether no span is ever recorded whose parent is not sampled, because the sampler follows the parent.
    ///
    /// | Sampler | Answer |
    /// |---|---|
    /// | `Sampler::ParentBased(_)`, whatever is inside: that is only asked where there is no parent | Yes |
    /// | `Sampler::AlwaysOff` | Yes |
    /// | `Sampler::AlwaysOn`, `Sampler::TraceIdRatioBased(_)`, `Sampler::JaegerRemote(_)` | No |
    /// | [`RuleSampler`](crate::RuleSampler) | Unless a rule decides over unsampled parents |
    /// | [`LinkedSampler`](crate::LinkedSampler) | No |
    /// | [`RateCap`](crate::RateCap) | If the sampler inside of it does |
    /// | `ParentBasedSampler`, a boxed sampler, or one of your own: nobody can look into them | No |
    ///
    /// `messaging_tracer`, with the feature `messaging`, goes by it. For a tracer that you configure yourself it is what
    /// `MessagingTracerBuilder::trust_unsampled` wants to know.
    pub fn follows_parent(&self) -> bool {
        self.insight.follows_parent
    }

    /// Whether the sampler is known to go by attributes or links also where the parent is not sampled, so that it has to be shown
    /// them there: a [`LinkedSampler`](crate::LinkedSampler), a [`RuleSampler`](crate::RuleSampler) with a rule that decides over
    /// unsampled parents, or a [`RateCap`](crate::RateCap) around one of them.
    ///
    /// `messaging_tracer`, with the feature `messaging`, goes by it. For a tracer that you configure yourself it is what
    /// `MessagingTracerBuilder::sampler_sees_all` wants to know.
    pub fn sampler_sees_all(&self) -> bool {
        self.insight.sees_all
    }

    /// Whether `OTEL_SDK_DISABLED` is set, so that there are no traces.
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// The counts of spans that were lost on their way to the exporter. The handle outlives the traces.
    pub fn drops(&self) -> Drops {
        self.drops.clone()
    }

    /// Exports what is left within five seconds, and makes no more spans.
    ///
    /// # Errors
    ///
    /// As for [`shutdown_with_timeout`](Self::shutdown_with_timeout).
    pub fn shutdown(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
    }

    /// Exports what is left, and makes no more spans.
    ///
    /// It returns when the time is up, whatever the exporter does. Spans that are left are [counted](Self::drops) then. A processor
    /// that was added with [`provider_settings`](crate::TracesBuilder::provider_settings) has as much time again. It blocks the
    /// thread: in an async program call it in `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// - [`AlreadyShutdown`](opentelemetry_sdk::error::OTelSdkError::AlreadyShutdown) after a shutdown
    /// - [`InternalFailure`](opentelemetry_sdk::error::OTelSdkError::InternalFailure), with the reasons in its text, if the time was
    ///   up or an export failed
    pub fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.is_disabled {
            return Ok(());
        }
        self.provider.shutdown_with_timeout(timeout)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What was lost is counted and logged, and that it was shut down before is what is hoped for.
        let _reported = self.shutdown();
    }
}
