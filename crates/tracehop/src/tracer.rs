//! The handle, and the only place where spans start.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt};

use crate::client::Description;
use crate::outcome::{ClientErrors, ErrorTypes};
use crate::policy::Policy;
use crate::problem::ProblemLog;
use crate::provider::{Attempt, Source};
use crate::span::Handle;
use crate::w3c::traceparent;
use crate::{
    Carrier, CarrierError, CarrierMut, ClientFacts, ClientTracer, Extracted, Failure, Inbound,
    MessagePropagator, MessagingSystem, MessagingTracerBuilder, Problem, Problems, Received,
};

/// The handle: tracer, propagator and policy for everything that is done with messages. Cheap to clone.
///
/// Make one for the application and wrap its clients with it: `client.traced(&tracer)`.
///
/// ```
/// use tracehop::{Correlation, MessagingTracer};
///
/// // Whatever provider the application has installed, or will install: looked up when the first message goes by.
/// let tracer = MessagingTracer::global();
///
/// // Or everything by hand; nothing is required.
/// let tracer = MessagingTracer::builder().correlation(Correlation::Link).build();
/// ```
///
/// # Without an SDK
///
/// No provider, a suppressed scope, or one that was shut down: no spans, and no cost beyond a few nanoseconds, but the
/// context of the message at hand still goes into the messages sent while it is processed. A global provider that is
/// installed late is noticed within 64 operations.
#[derive(Clone)]
pub struct MessagingTracer {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) source: Source,
    pub(crate) propagator: MessagePropagator,
    pub(crate) policy: Policy,
    pub(crate) problems: ProblemLog,
    pub(crate) error_types: ErrorTypes,
}

/// A span to start.
pub(crate) struct Start<'a> {
    pub(crate) description: Description<'a>,
    pub(crate) kind: SpanKind,
    pub(crate) parent: &'a Context,
    pub(crate) links: Links<'a>,
    pub(crate) since: Option<SystemTime>,
}

/// What a span to start links to. Invalid contexts are left out.
pub(crate) enum Links<'a> {
    /// At most two, without attributes: most spans' need, and no allocation until one records.
    Few([Option<&'a SpanContext>; 2]),
    /// Those of a batch, made only for a span that may record.
    Many(&'a dyn Fn() -> Vec<Link>),
}

impl Links<'_> {
    pub(crate) const NONE: Self = Self::Few([None, None]);

    fn make(&self) -> Vec<Link> {
        match self {
            Self::Few(contexts) => {
                let valid = || contexts.iter().flatten().filter(|context| context.is_valid());
                // A list that is collected through a filter takes room for four; most spans have none or one.
                let mut links = Vec::with_capacity(valid().count());
                links.extend(valid().map(|context| Link::with_context((*context).clone())));
                links
            }
            Self::Many(links) => links(),
        }
    }
}

impl MessagingTracer {
    /// A tracer that uses the application's global provider, and the propagator that `OTEL_PROPAGATORS` asks for.
    pub fn global() -> Self {
        Self::builder().build()
    }

    /// Everything by hand; nothing is required.
    pub fn builder() -> MessagingTracerBuilder {
        MessagingTracerBuilder::default()
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The propagator.
    pub fn propagator(&self) -> &MessagePropagator {
        &self.inner.propagator
    }

    /// Whether getting a single message has a span of its own. Adapters ask before they look at the clock.
    pub fn makes_receive_spans(&self) -> bool {
        self.policy().receive_spans
    }

    /// Writes the current context into the headers of a message, without a span: it becomes the creation context.
    ///
    /// # Errors
    ///
    /// The transport refuses a header. It is counted, and left out: first the baggage, then other propagators' headers,
    /// then the `tracestate`, until the transport takes the rest or there is none. The message can still be sent.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use tracehop::{CreationContext, MemoryHeaders, MessagingTracer};
    ///
    /// let tracer = MessagingTracer::global();
    /// let incoming: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
    /// let _active = incoming.to_context().attach();
    ///
    /// let mut headers = MemoryHeaders::new();
    /// tracer.inject(&mut headers)?;
    /// assert_eq!(tracer.extract(&headers).creation, incoming);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inject(&self, carrier: &mut (impl CarrierMut + ?Sized)) -> Result<(), CarrierError> {
        self.inject_context(&Context::current(), carrier)
    }

    /// [`inject`](Self::inject) of a given context.
    ///
    /// # Errors
    ///
    /// As for [`inject`](Self::inject).
    pub fn inject_context(
        &self,
        cx: &Context,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Result<(), CarrierError> {
        self.write(cx.span().span_context(), cx, false, carrier)
    }

    pub(crate) fn write(
        &self,
        span: &SpanContext,
        cx: &Context,
        stale: bool,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> Result<(), CarrierError> {
        let (mut patch, mut problems) = self.inner.propagator.patch(span, cx);
        // Without a context to replace it with, a stale one stays whole.
        if stale && span.is_valid() {
            self.inner.propagator.own_baggage(&mut patch);
        }
        let mut refused = None;
        while !patch.is_empty() {
            let Err(error) = carrier.apply(&patch) else { break };
            refused.get_or_insert(error);
            // A transport with little room may still take the part that matters most.
            if !patch.shed() {
                break;
            }
        }
        if refused.is_some() {
            problems.add(Problem::HeaderRefused);
        }
        self.report(problems);
        refused.map_or(Ok(()), Err)
    }

    /// Reads the creation context of a message. It never fails; problems are returned, and counted.
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        let extracted = self.inner.propagator.extract(carrier);
        self.report(extracted.problems);
        extracted
    }

    /// Takes a message that was got without a wrapper. `S` is the adapter's marker: `tracer.receive::<Kafka, _>(message)`.
    ///
    /// What a wrapped client would know of itself (group, broker) is missing from the spans; where that matters keep a
    /// [`ClientTracer`].
    pub fn receive<S: MessagingSystem, M: Inbound<S>>(&self, message: M) -> Received<M, S> {
        ClientTracer::new(self, ClientFacts::default()).received(message)
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

    pub(crate) fn report(&self, problems: Problems) {
        if !problems.is_empty() {
            self.inner.problems.report(problems);
        }
    }

    /// Whether this operation need not try to make a span. With a global tracer each call counts as one operation.
    pub(crate) fn is_asleep(&self) -> bool {
        self.inner.source.is_asleep_now()
    }

    /// Whether it is known that no span will be made.
    pub(crate) fn is_silent(&self) -> bool {
        self.inner.source.is_asleep()
    }

    pub(crate) fn error_type(&self, failure: &Failure<'_>, client_errors: ClientErrors) -> Cow<'static, str> {
        failure.error_type(&self.inner.error_types, client_errors)
    }

    /// Starts a span that nothing runs in.
    pub(crate) fn start(&self, start: &Start<'_>) -> Handle {
        let Some(attempt) = self.attempt(start) else { return Handle::Silent };
        let (builder, described) = start.builder();
        let mut span = attempt.start(builder, start.parent);
        if is_silent(span.span_context(), start.parent) {
            self.inner.source.slept();
            return Handle::Silent;
        }
        if !described && span.is_recording() {
            start.description.attributes().into_iter().for_each(|attribute| span.set_attribute(attribute));
            start.links.make().into_iter().for_each(|link| span.add_link(link.span_context, link.attributes));
        }
        self.inner.source.woke(attempt);
        Handle::Owned(span)
    }

    /// Starts a span inside `base`, for a handler to run in.
    pub(crate) fn start_in(&self, start: &Start<'_>, base: &Context) -> Handle {
        let Some(attempt) = self.attempt(start) else { return Handle::Silent };
        let (builder, described) = start.builder();
        let cx = attempt.start_in(builder, start.parent, base);
        if is_silent(cx.span().span_context(), start.parent) {
            self.inner.source.slept();
            return Handle::Silent;
        }
        if !described && cx.span().is_recording() {
            cx.span().set_attributes(start.description.attributes());
            start
                .links
                .make()
                .into_iter()
                .for_each(|link| cx.span().add_link(link.span_context, link.attributes));
        }
        self.inner.source.woke(attempt);
        Handle::Active(with_random_flag(cx, start.parent))
    }

    fn attempt(&self, start: &Start<'_>) -> Option<Attempt<'_>> {
        if start.parent.is_telemetry_suppressed() { None } else { self.inner.source.attempt() }
    }
}

impl Start<'_> {
    /// The builder, and whether attributes and links are in it.
    ///
    /// Under an unsampled parent they are left out: nearly every sampler follows the parent. Should this one not, they
    /// are set afterwards, and only its own view is poorer.
    fn builder(&self) -> (SpanBuilder, bool) {
        let parent = self.parent.span();
        let parent = parent.span_context();
        let described = !parent.is_valid() || parent.is_sampled();
        let mut builder = SpanBuilder::from_name(self.description.span_name());
        builder.span_kind = Some(self.kind.clone());
        builder.start_time = self.since;
        if described {
            builder.attributes = Some(self.description.attributes());
            builder.links = Some(self.links.make()).filter(|links| !links.is_empty());
        }
        (builder, described)
    }
}

/// The SDK forgets the random flag when it drops a span. What is sent under it must still know.
fn with_random_flag(cx: Context, parent: &Context) -> Context {
    let span = cx.span();
    let own = span.span_context();
    if span.is_recording() || own.trace_id() != parent.span().span_context().trace_id() {
        return cx;
    }
    let flags = traceparent::keep_random(own.trace_flags(), parent.span().span_context().trace_flags());
    if flags == own.trace_flags() {
        return cx;
    }
    let own = SpanContext::new(own.trace_id(), own.span_id(), flags, false, own.trace_state().clone());
    cx.with_remote_span_context(own)
}

/// Whether starting a span made none: a no-op tracer hands the parent's context on, an SDK that was shut down an empty one.
fn is_silent(span: &SpanContext, parent: &Context) -> bool {
    !span.is_valid() || span.span_id() == parent.span().span_context().span_id()
}

impl fmt::Debug for MessagingTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingTracer")
            .field("source", &self.inner.source)
            .field("propagator", &self.inner.propagator)
            .field("policy", &self.inner.policy)
            .field("problems", &self.inner.problems)
            .finish_non_exhaustive()
    }
}
