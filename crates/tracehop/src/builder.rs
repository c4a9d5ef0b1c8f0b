//! Configuration of a [`MessagingTracer`].

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use opentelemetry::trace::{Tracer, TracerProvider};

use crate::outcome::ErrorTypes;
use crate::policy::Policy;
use crate::problem::ProblemLog;
use crate::provider::Source;
use crate::tracer::Inner;
use crate::{Correlation, Existing, MessagePropagator, MessagingTracer, Problem, Problems};

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
    source: Option<Source>,
    propagator: Option<MessagePropagator>,
    policy: Policy,
    problems: ProblemLog,
    error_types: ErrorTypes,
}

impl MessagingTracerBuilder {
    /// The provider that makes the spans. Default: the global one, looked up when the first message goes by.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "providers are handles, and builders take what they are given"
    )]
    pub fn tracer_provider<P>(mut self, provider: P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.source = Some(Source::given(&provider));
        self
    }

    /// How context is read from and written to headers. Default: what `OTEL_PROPAGATORS` asks for, which is W3C Trace
    /// Context and W3C Baggage if it is unset.
    pub fn propagator(mut self, propagator: MessagePropagator) -> Self {
        self.propagator = Some(propagator);
        self
    }

    /// Parent or link. Default: [`Correlation::Continue`].
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

    /// Whether spans show message keys. Default: no, for they are often personal data.
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

    /// Called for each problem with a message's context headers, on the thread that handles the message: it should be
    /// quick and must not panic. Default: problems are only counted.
    pub fn on_problem(mut self, hook: impl Fn(Problem) + Send + Sync + 'static) -> Self {
        self.problems.hook = Some(Box::new(hook));
        self
    }

    /// The tracer.
    pub fn build(self) -> MessagingTracer {
        let mut problems = Problems::default();
        let propagator = self.propagator.unwrap_or_else(|| {
            let asked = std::env::var("OTEL_PROPAGATORS").unwrap_or_default();
            let (propagator, unknown) = MessagePropagator::from_list(&asked);
            if unknown.is_some() {
                problems.add(Problem::UnknownPropagator);
            }
            propagator
        });
        let tracer = MessagingTracer::from_inner(Inner {
            source: self.source.unwrap_or_else(Source::global),
            propagator,
            policy: self.policy,
            problems: self.problems,
            error_types: self.error_types,
        });
        tracer.report(problems);
        tracer
    }
}

impl fmt::Debug for MessagingTracerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingTracerBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}
