//! A span that a sampler is asked about.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

pub(crate) const DESTINATION: &str = "messaging.destination.name";
pub(crate) const TEMPLATE: &str = "messaging.destination.template";
pub(crate) const SYSTEM: &str = "messaging.system";
pub(crate) const OPERATION: &str = "messaging.operation.type";

/// The parent of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    None,
    /// Active, but with no identifiers.
    Invalid,
    Sampled,
    Unsampled,
}

pub(crate) const SAMPLED: TraceFlags = TraceFlags::SAMPLED;
pub(crate) const UNSAMPLED: TraceFlags = TraceFlags::NOT_SAMPLED;

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) parent: Parent,
    pub(crate) is_remote: bool,
    /// The last 64 bits of the identifier of the trace.
    pub(crate) trace: u64,
    pub(crate) state: TraceState,
    pub(crate) baggage: Vec<KeyValue>,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) links: Vec<Link>,
}

impl Asked {
    pub(crate) fn new(parent: Parent) -> Self {
        Self {
            parent,
            is_remote: true,
            trace: u64::MAX,
            state: TraceState::NONE,
            baggage: Vec::new(),
            kind: SpanKind::Consumer,
            attributes: Vec::new(),
            links: Vec::new(),
        }
    }

    /// About a message of this destination.
    pub(crate) fn about(parent: Parent, destination: &'static str) -> Self {
        let attributes = vec![KeyValue::new(DESTINATION, destination)];
        Self { attributes, ..Self::new(parent) }
    }

    pub(crate) fn linked(mut self, flags: TraceFlags) -> Self {
        self.links.push(Link::with_context(context(9.into(), flags, TraceState::NONE, true)));
        self
    }

    pub(crate) fn ask(&self, sampler: &dyn ShouldSample) -> SamplingResult {
        let trace_id = TraceId::from(1 << 64 | u128::from(self.trace));
        let cx = Context::new().with_baggage(self.baggage.clone());
        let parent = |flags| context(trace_id, flags, self.state.clone(), self.is_remote);
        let cx = match self.parent {
            Parent::None => cx,
            Parent::Invalid => cx.with_remote_span_context(SpanContext::empty_context()),
            Parent::Sampled => cx.with_remote_span_context(parent(SAMPLED)),
            Parent::Unsampled => cx.with_remote_span_context(parent(UNSAMPLED)),
        };
        sampler.should_sample(Some(&cx), trace_id, "span", &self.kind, &self.attributes, &self.links)
    }

    pub(crate) fn is_sampled(&self, sampler: &dyn ShouldSample) -> bool {
        let decision = self.ask(sampler).decision;
        assert_ne!(decision, SamplingDecision::RecordOnly);
        decision == SamplingDecision::RecordAndSample
    }
}

fn context(trace_id: TraceId, flags: TraceFlags, state: TraceState, is_remote: bool) -> SpanContext {
    SpanContext::new(trace_id, SpanId::from(2), flags, is_remote, state)
}
