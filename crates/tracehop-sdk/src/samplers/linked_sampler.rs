use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::insight::Insight;
use super::span_view::SpanView;

/// Keeps a consumer's trace if any producer that it links to was sampled.
///
/// A consumer that does not continue its message's trace only links to it: a batch, a message that is too old, or
/// `Correlation::Link`. A sampler decides anew there, so the traces of producer and consumer are seldom both kept.
///
/// | The span | The decision |
/// |---|---|
/// | Its parent is sampled | Another sampler's, which is given |
/// | It is about messages that come in, has no parent or one that is not sampled, and a link to a sampled span | Sampled |
/// | Any other | The given sampler's |
///
/// About messages that come in are spans of the kind `CONSUMER`, and those whose `messaging.operation.type` is `receive` or
/// `process`, which may be of the kind `CLIENT`. Only the links with which a span starts are seen, not those that are added
/// later. The spans below the one that is kept are kept by a sampler that follows the parent: give a parent-based one.
///
/// It decides under unsampled parents too. In [`Traces`](crate::Traces) the tracer for messages shows it the links there by itself;
/// elsewhere set `MessagingTracerBuilder::sampler_sees_all`, and leave `trust_unsampled` off.
///
/// ```
/// use opentelemetry::trace::{Link, Span, SpanContext, SpanKind, TraceFlags, TraceState, Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::Sampler;
/// use tracehop_sdk::{JourneyExporter, LinkedSampler, Traces};
///
/// let others = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
/// let sampler = LinkedSampler::new(others);
/// let traces = Traces::builder("orders").sampler(sampler).exporter(JourneyExporter::new()).build()?;
///
/// let tracer = traces.provider().tracer("doc");
/// let is_kept = |flags| {
///     let producer = SpanContext::new(1.into(), 2.into(), flags, true, TraceState::NONE);
///     let consumer = tracer.span_builder("process orders").with_kind(SpanKind::Consumer);
///     consumer.with_links(vec![Link::with_context(producer)]).start(&tracer).is_recording()
/// };
/// assert!(is_kept(TraceFlags::SAMPLED));
/// assert!(!is_kept(TraceFlags::NOT_SAMPLED));
/// # Ok::<(), tracehop_sdk::TracesError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinkedSampler {
    others: Box<dyn ShouldSample>,
}

impl LinkedSampler {
    pub(super) const INSIGHT: Insight = Insight::LOOKING;

    /// `others` decides about all other spans.
    pub fn new(others: impl Into<Box<dyn ShouldSample>>) -> Self {
        Self { others: others.into() }
    }
}

impl ShouldSample for LinkedSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let is_linked =
            || links.iter().any(|link| link.span_context.is_valid() && link.span_context.is_sampled());
        let span = SpanView { parent: parent_context, kind: span_kind, attributes };
        if !has_sampled_parent(parent_context) && is_consuming(&span) && is_linked() {
            let state = parent_context.map(|cx| cx.span().span_context().trace_state().clone());
            return SamplingResult {
                decision: SamplingDecision::RecordAndSample,
                attributes: Vec::new(),
                trace_state: state.unwrap_or_default(),
            };
        }
        self.others.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

fn has_sampled_parent(parent: Option<&Context>) -> bool {
    parent.is_some_and(|cx| {
        let span = cx.span();
        span.span_context().is_valid() && span.span_context().is_sampled()
    })
}

fn is_consuming(span: &SpanView<'_>) -> bool {
    *span.kind == SpanKind::Consumer || matches!(span.operation(), Some("receive" | "process"))
}
