use std::sync::Arc;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::insight::Insight;
use super::randomness::{OT, Randomness};
use super::ratio::Ratio;
use super::sample_rule::SampleRule;
use super::span_view::SpanView;

/// Samples by an ordered list of [`SampleRule`]s, each with a ratio of its own.
///
/// | The parent | The decision |
/// |---|---|
/// | Sampled | Sampled |
/// | Not sampled | Dropped, unless the first rule that holds says [`over_unsampled_parent`](SampleRule::over_unsampled_parent): then by its ratio |
/// | None | By the ratio of the first rule that holds, else by the [default](crate::RuleSamplerBuilder::default_ratio) |
///
/// It makes no difference whether the parent is of this service or another. A span under a parent that is not valid has none.
///
/// # Consistent with other services
///
/// A trace has one random number of 56 bits: what `ot=rv:` of its `tracestate` says, else the last 56 bits of its identifier, as
/// [W3C Trace Context level 2](https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id) and
/// [OpenTelemetry](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/) have it. A ratio samples the
/// traces whose number is at least `(1 - ratio) * 2^56`. So of two services, or two rules, the one with the higher ratio samples
/// all that the other one samples. The SDK's `TraceIdRatioBased` samples low numbers in place of high ones: do not mix the two
/// in one system.
///
/// In [`Traces`](crate::Traces), the tracer for messages shows it what it looks at also under unsampled parents, if a rule wants to
/// decide there. Elsewhere set `MessagingTracerBuilder::sampler_sees_all` if [`follows_parent`](Self::follows_parent) is `false`,
/// and `trust_unsampled` only if it is `true`.
///
/// ```
/// use tracehop_sdk::{JourneyExporter, RuleSampler, SampleRule, Traces};
///
/// let sampler = RuleSampler::builder()
///     // First, for the first rule that holds decides.
///     .rule(SampleRule::ratio(1.0).header("x-debug", "*").over_unsampled_parent())
///     .rule(SampleRule::ratio(0.5).baggage("tenant", "acme"))
///     .rule(SampleRule::ratio(0.0).destination("heartbeats.*"))
///     .default_ratio(0.01)
///     .build()?;
/// let traces = Traces::builder("orders").sampler(sampler).exporter(JourneyExporter::new()).build()?;
/// assert!(!traces.follows_parent());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RuleSampler {
    rules: Arc<[Rule]>,
    default: Ratio,
    overrides_unsampled: bool,
    writes_threshold: bool,
}

/// A rule whose ratio was looked at.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) rule: SampleRule,
    pub(super) ratio: Ratio,
}

impl RuleSampler {
    pub(super) fn new(rules: Vec<Rule>, default: Ratio, writes_threshold: bool) -> Self {
        let overrides_unsampled = rules.iter().any(|rule| rule.rule.overrides_unsampled());
        Self { rules: rules.into(), default, overrides_unsampled, writes_threshold }
    }

    /// Whether no span is ever recorded whose parent is not sampled: no rule wants to decide there.
    pub fn follows_parent(&self) -> bool {
        !self.overrides_unsampled
    }

    pub(super) fn insight(&self) -> Insight {
        if self.overrides_unsampled { Insight::LOOKING } else { Insight::FOLLOWING }
    }

    /// The ratio for a span that has no parent, or one that is not sampled. `None` for one that is dropped as its parent was.
    fn ratio(&self, span: &SpanView<'_>, has_parent: bool) -> Option<Ratio> {
        if has_parent && !self.overrides_unsampled {
            return None;
        }
        match self.rules.iter().find(|rule| rule.rule.holds_for(span)) {
            Some(rule) if has_parent && !rule.rule.overrides_unsampled() => None,
            Some(rule) => Some(rule.ratio),
            None if has_parent => None,
            None => Some(self.default),
        }
    }
}

impl ShouldSample for RuleSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent_context.map(|cx| cx.span().span_context().clone());
        let parent = parent.filter(opentelemetry::trace::SpanContext::is_valid);
        let state = parent.as_ref().map(|parent| parent.trace_state().clone()).unwrap_or_default();
        if parent.as_ref().is_some_and(opentelemetry::trace::SpanContext::is_sampled) {
            return result(true, state);
        }
        let span = SpanView { parent: parent_context, kind: span_kind, attributes };
        let Some(ratio) = self.ratio(&span, parent.is_some()) else { return result(false, state) };
        let is_sampled = ratio.samples(Randomness::of(trace_id, &state));
        let state = if is_sampled && self.writes_threshold { with_threshold(state, ratio) } else { state };
        result(is_sampled, state)
    }
}

fn result(is_sampled: bool, trace_state: TraceState) -> SamplingResult {
    let decision = if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}

/// W3C allows no longer value of a member.
const MAX_MEMBER: usize = 256;

/// With the threshold in OpenTelemetry's member, and what else is in it. A member that cannot be written stays as it was.
fn with_threshold(state: TraceState, ratio: Ratio) -> TraceState {
    let Some(mut member) = ratio.th().map(|th| format!("th:{th}")) else { return state };
    let others = state.get(OT).unwrap_or_default().split(';');
    for field in others.filter(|field| !field.is_empty() && !field.starts_with("th:")) {
        if member.len() + 1 + field.len() <= MAX_MEMBER {
            member = member + ";" + field;
        }
    }
    state.insert(OT, member).unwrap_or(state)
}
