//! `MessagingTracer`, the entry point.

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;

use crate::bridge::HandlerScope;
#[cfg(feature = "tracing")]
use crate::bridge::TracingBridge;
use crate::context::handled::Handled;
use crate::message::InternedStr;
use crate::observe::{AttributeStage, Hooks, Metrics, Observers, TracerSource};
use crate::operation::ErrorTypes;
use crate::policy::{HeaderPolicy, TracerPolicies};
use crate::propagation::{MessagePropagator, Problem, ProblemLog, Problems, Trust};

/// The handle: tracer, propagator, policy and observers for everything that is done with messages. It is cheap to clone.
///
/// Make one for the application and wrap its clients with it: `client.traced(&tracer)`.
///
/// ```
/// use tracehop::{Correlation, MessagingTracer};
///
/// // Whatever provider the application has installed, will install, or puts in its place.
/// let tracer = MessagingTracer::global();
///
/// // Or a tracer that is configured by hand; nothing is required.
/// let tracer = MessagingTracer::builder().correlation(Correlation::Link).build();
/// ```
///
/// # Without an SDK
///
/// If there is no provider, if the scope is suppressed, or if the SDK was shut down, no spans are made. The context of the
/// message at hand still goes into the messages that are sent while it is processed. Each operation asks whether there is a
/// provider by now, which costs some 40 nanoseconds, so that the first message after one was installed has a span. If a
/// provider is shut down after another one took its place, the next span is the other one's.
///
/// # What was handled lately
///
/// A tracer remembers the last few thousand messages that were received through it, its clones and, if it uses the
/// application's global provider, all other tracers that do: in a table of fixed size, 168 KB, that is made with the first
/// message. So a retry or a dead letter that is sent after the handler, or from another task, with the headers of the message it
/// is about becomes a child of the span in which that message was processed. A [`Received`](crate::Received) message knows its
/// own span, also when the table has forgotten it.
#[derive(Clone)]
pub struct MessagingTracer {
    pub(super) inner: Arc<Inner>,
    pub(super) boundary: Boundary,
}

/// What is particular to the clients of one source or of one receiver.
#[derive(Clone, Debug, Default)]
pub(super) struct Boundary {
    pub(super) trust: Trust,
    pub(super) strips: bool,
    /// Headers are neither read nor written.
    pub(super) is_off: bool,
    /// `None`: that of all clients.
    pub(super) propagator: Option<Arc<MessagePropagator>>,
}

/// What all clones share.
pub(super) struct Inner {
    /// Spans of processing tell what was found in the message's headers.
    pub(super) explains: bool,
    pub(super) propagator: MessagePropagator,
    pub(super) policies: TracerPolicies,
    pub(super) hooks: Hooks,
    pub(super) stages: Vec<Box<dyn AttributeStage>>,
    pub(super) observers: Arc<Observers>,
    pub(super) metrics: Metrics,
    pub(super) problems: ProblemLog,
    pub(super) handled: Arc<Handled>,
    pub(super) error_types: Option<Arc<ErrorTypes>>,
    #[cfg(feature = "tracing")]
    pub(super) bridge: Option<TracingBridge>,
}

impl MessagingTracer {
    /// The propagator.
    pub fn propagator(&self) -> &MessagePropagator {
        self.boundary.propagator.as_deref().unwrap_or(&self.inner.propagator)
    }

    /// The same tracer for destinations whose headers are a case of their own.
    pub(crate) fn under(&self, policy: &HeaderPolicy) -> Self {
        let HeaderPolicy { trust, strips, is_off, ref propagator } = *policy;
        let boundary = Boundary {
            trust: self.boundary.trust.least(trust),
            strips: self.boundary.strips || strips,
            is_off,
            propagator: propagator.clone(),
        };
        Self { boundary, ..self.clone() }
    }

    /// Whether headers are neither read nor written.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        self.boundary.is_off
    }

    /// How far the context on received messages is trusted.
    #[inline]
    pub fn trust(&self) -> Trust {
        self.boundary.trust
    }

    /// The same tracer for a client whose messages come from somebody who is trusted so far. All else is shared.
    ///
    /// ```
    /// use tracehop::{MessagingTracer, Trust};
    ///
    /// let tracer = MessagingTracer::global();
    /// // let consumer = consumer.traced(&tracer.with_trust(Trust::LinkOnly));
    /// assert_eq!(tracer.with_trust(Trust::LinkOnly).trust(), Trust::LinkOnly);
    /// assert_eq!(tracer.trust(), Trust::Full);
    /// ```
    #[must_use]
    pub fn with_trust(&self, trust: Trust) -> Self {
        let boundary = Boundary { trust, ..self.boundary.clone() };
        Self { boundary, ..self.clone() }
    }

    /// Whether the messages that are sent carry no context.
    #[inline]
    pub fn strips(&self) -> bool {
        self.boundary.strips
    }

    /// The same tracer for a client whose messages go to somebody who is not to see any context: what is on a message is
    /// [removed](Self::strip), and nothing is written. All else is shared, and the sends still have spans.
    ///
    /// ```
    /// use tracehop::MessagingTracer;
    ///
    /// let tracer = MessagingTracer::global();
    /// // let producer = producer.traced(&tracer.with_strip(true));
    /// assert!(tracer.with_strip(true).strips() && !tracer.strips());
    /// ```
    #[must_use]
    pub fn with_strip(&self, strips: bool) -> Self {
        let boundary = Boundary { strips, ..self.boundary.clone() };
        Self { boundary, ..self.clone() }
    }

    /// Whether getting a single message has a span of its own.
    pub fn makes_receive_spans(&self) -> bool {
        self.inner.policies.makes_receive_spans()
    }

    /// How often a problem was met since the tracer was made.
    ///
    /// ```
    /// use tracehop::{MemoryHeaders, MessagingTracer, Problem};
    ///
    /// let tracer = MessagingTracer::global();
    /// tracer.extract(&MemoryHeaders::from_iter([("traceparent", Some("garbage"))]));
    /// assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), 1);
    /// ```
    pub fn problem_count(&self, problem: Problem) -> u64 {
        self.inner.problems.count(problem)
    }

    /// How often [`on_problem`](crate::MessagingTracerBuilder::on_problem) was not called because it had been called too often.
    pub fn unreported_problems(&self) -> u64 {
        self.inner.problems.unreported()
    }

    #[inline]
    pub(crate) fn explains(&self) -> bool {
        self.inner.explains
    }

    /// How often a hook panicked since the tracer was made: one of [`on_span`](crate::MessagingTracerBuilder::on_span),
    /// [`filter`](crate::MessagingTracerBuilder::filter) and [`span_name`](crate::MessagingTracerBuilder::span_name).
    pub fn hook_panics(&self) -> u64 {
        self.inner.hooks.panics.get()
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.inner.hooks
    }

    /// How often an [`Observer`](crate::Observer) panicked since the tracer was made.
    pub fn observer_panics(&self) -> u64 {
        self.inner.observers.panics()
    }

    #[inline]
    pub(crate) fn report(&self, problems: Problems) {
        if !problems.is_empty() {
            self.inner.problems.report(problems);
        }
    }

    #[inline]
    pub(crate) fn source(&self) -> &TracerSource {
        self.inner.observers.source()
    }

    pub(crate) fn policies(&self) -> &TracerPolicies {
        &self.inner.policies
    }

    /// For tests of policies that change.
    #[cfg(test)]
    pub(crate) fn with_policies(mut self, policies: TracerPolicies) -> Self {
        Arc::get_mut(&mut self.inner).unwrap().policies = policies;
        self
    }

    pub(crate) fn stages(&self) -> &[Box<dyn AttributeStage>] {
        &self.inner.stages
    }

    pub(crate) fn observers(&self) -> &Arc<Observers> {
        &self.inner.observers
    }

    /// What was received and processed lately.
    #[inline]
    pub(crate) fn handled(&self) -> &Handled {
        &self.inner.handled
    }

    pub(crate) fn error_types(&self) -> Option<&Arc<ErrorTypes>> {
        self.inner.error_types.as_ref()
    }

    /// The context that is current: OpenTelemetry's, and what a bridge knows beside it.
    #[inline]
    #[cfg_attr(not(feature = "tracing"), expect(clippy::unused_self, reason = "there is no bridge"))]
    pub(crate) fn current(&self) -> Context {
        #[cfg(feature = "tracing")]
        if let Some(bridge) = &self.inner.bridge {
            return bridge.current();
        }
        Context::current()
    }

    /// What `tracing` is to see of the handling of a message, if it is to see anything.
    #[inline]
    #[cfg_attr(not(feature = "tracing"), expect(clippy::unused_self, reason = "there is no bridge"))]
    pub(crate) fn handler_scope(
        &self,
        system: &'static str,
        records: bool,
        destination: impl FnOnce() -> Option<InternedStr>,
    ) -> HandlerScope {
        #[cfg(feature = "tracing")]
        if let Some(bridge) = &self.inner.bridge {
            return HandlerScope::bridged(bridge, system, destination(), records);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (system, records, destination);
        HandlerScope::none()
    }

    /// Whether nobody will know of this operation: it can be passed over.
    #[inline]
    pub(crate) fn should_skip(&self) -> bool {
        self.source().should_skip() && !self.is_watched()
    }

    /// Whether anybody wants to know of operations that have no span.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        !self.inner.observers.is_empty() || self.inner.metrics.is_on()
    }

    #[inline]
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }
}

impl fmt::Debug for MessagingTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingTracer")
            .field("propagator", &self.inner.propagator)
            .field("boundary", &self.boundary)
            .field("policies", &self.inner.policies)
            .field("observers", &self.inner.observers)
            .field("metrics", &self.inner.metrics)
            .field("problems", &self.inner.problems)
            .finish_non_exhaustive()
    }
}
