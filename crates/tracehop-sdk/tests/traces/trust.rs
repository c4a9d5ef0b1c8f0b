//! Unsampled parents are trusted where the sampler follows them, and trusting them never changes what is exported.

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, ParentBasedSampler, Sampler, SamplingDecision, SamplingResult, ShouldSample,
    SpanData,
};
use tracehop::{Correlation, MemoryHeaders, MessagingTracer};
use tracehop_sdk::{LinkedSampler, RateCap, RuleSampler, SampleRule, Traces, TracesBuilder};

use crate::ids::{ONE_QUARTER, SameTrace, trace_id};
use crate::mail::{DESTINATION, Letter, Post};
use crate::variables::kept;

/// Samples what has to do with orders, whatever the parent did.
#[derive(Clone, Debug)]
struct Orders;

impl ShouldSample for Orders {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let is_orders = |attribute: &KeyValue| {
            attribute.key.as_str() == DESTINATION && attribute.value.as_str() == "orders"
        };
        let is_sampled = attributes.iter().any(is_orders);
        let decision = if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// No parent, one that is sampled, and one that is not.
const PARENTS: [Option<&str>; 3] = [None, Some("01"), Some("00")];

/// All traces here have this identifier, which a ratio of one half records and one of a quarter does not.
const LOW: u64 = ONE_QUARTER;

fn traceparent(flags: &str) -> String {
    format!("00-{}-b7ad6b7169203331-{flags}", trace_id(LOW))
}

/// What is the same each time.
type Shown = (String, SpanKind, TraceId, bool, Vec<String>, usize);

fn shown(span: &SpanData) -> Shown {
    let attributes = span.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value));
    (
        span.name.to_string(),
        span.span_kind.clone(),
        span.span_context.trace_id(),
        span.parent_span_is_remote,
        attributes.collect(),
        span.links.len(),
    )
}

/// Handles a message under each parent: what its handler sent, and what was exported.
fn handled(
    traces: &Traces,
    exporter: &InMemorySpanExporter,
    tracer: &MessagingTracer,
) -> [(Option<String>, Vec<Shown>); 3] {
    PARENTS.map(|flags| {
        let sent = Post::new(tracer).relay(flags.map(traceparent).as_deref());
        traces.provider().force_flush().unwrap();
        let spans = exporter.get_finished_spans().unwrap().iter().map(shown).collect();
        exporter.reset();
        (sent, spans)
    })
}

fn with(settings: impl FnOnce(TracesBuilder) -> TracesBuilder) -> (Traces, InMemorySpanExporter) {
    let (builder, exporter) = kept(&[]);
    let ids = SameTrace::new(LOW);
    let builder = builder.provider_settings(|builder| builder.with_id_generator(ids));
    (settings(builder).build().unwrap(), exporter)
}

#[track_caller]
fn check(
    settings: impl FnOnce(TracesBuilder) -> TracesBuilder,
    trusts: bool,
    processes: [bool; 3],
    why: &str,
) {
    let (traces, exporter) = with(settings);
    assert_eq!(traces.follows_parent(), trusts, "{why}");
    let by_itself = handled(&traces, &exporter, &traces.messaging_tracer());
    let asking = traces.messaging_tracer_builder().trust_unsampled(false).build();
    let asking = handled(&traces, &exporter, &asking);

    for (index, parent) in PARENTS.iter().enumerate() {
        let spans = &by_itself[index].1;
        assert_eq!(spans, &asking[index].1, "{why}, parent {parent:?}: what is exported differs");
        let is_processed = spans.iter().any(|span| span.0 == "process orders");
        assert_eq!(is_processed, processes[index], "{why}, parent {parent:?}: {spans:?}");
    }
    // Without a span of its own the handler is in its parent's context, and hands that on.
    let unsampled = traceparent("00");
    assert_eq!(by_itself[2].0.as_ref() == Some(&unsampled), trusts, "{why}: {by_itself:?}");
    assert_ne!(asking[2].0.as_ref(), Some(&unsampled), "{why}: {asking:?}");
}

fn ratio(ratio: f64) -> Sampler {
    Sampler::TraceIdRatioBased(ratio)
}

fn based(root: impl ShouldSample + 'static) -> Sampler {
    Sampler::ParentBased(Box::new(root))
}

#[test]
fn the_samplers_of_the_sdk_that_follow_are_trusted() {
    const FOLLOWS: [bool; 3] = [true, true, false];
    const FOLLOWS_OR_NOT: [bool; 3] = [false, true, false];
    check(|builder| builder, true, FOLLOWS, "the default");
    check(|builder| builder.sampler(Sampler::AlwaysOff), true, [false; 3], "AlwaysOff");
    check(|builder| builder.sampler(based(Sampler::AlwaysOn)), true, FOLLOWS, "ParentBased(AlwaysOn)");
    check(
        |builder| builder.sampler(based(Sampler::AlwaysOff)),
        true,
        FOLLOWS_OR_NOT,
        "ParentBased(AlwaysOff)",
    );
    check(|builder| builder.sampler(based(ratio(0.5))), true, FOLLOWS, "ParentBased(0.5)");
    check(|builder| builder.sampler(based(ratio(0.25))), true, FOLLOWS_OR_NOT, "ParentBased(0.25)");
    check(|builder| builder.ratio(0.5), true, FOLLOWS, "ratio(0.5)");
    check(|builder| builder.ratio(0.25), true, FOLLOWS_OR_NOT, "ratio(0.25)");
    check(|builder| builder.sampler(based(Orders)), true, FOLLOWS, "ParentBased of one's own");
    let based_twice = || {
        based(ParentBasedSampler::new(Sampler::AlwaysOn).with_remote_parent_not_sampled(Sampler::AlwaysOn))
    };
    check(|builder| builder.sampler(based_twice()), true, FOLLOWS, "ParentBased of what does not follow");
}

#[test]
fn all_others_are_asked_under_an_unsampled_parent_too() {
    check(|builder| builder.sampler(Sampler::AlwaysOn), false, [true; 3], "AlwaysOn");
    check(|builder| builder.sampler(ratio(1.0)), false, [true; 3], "all");
    check(|builder| builder.sampler(ratio(0.5)), false, [true; 3], "half of all, by the trace id");
    check(|builder| builder.sampler(ratio(0.25)), false, [false; 3], "a quarter");
    check(|builder| builder.sampler(ratio(0.0)), false, [false; 3], "none");
    let follows = || ParentBasedSampler::new(Sampler::AlwaysOn);
    check(|builder| builder.sampler(follows()), false, [true, true, false], "it follows, but it might not");
    let records = || follows().with_remote_parent_not_sampled(Sampler::AlwaysOn);
    check(|builder| builder.sampler(records()), false, [true; 3], "it does not follow");
    let boxed: Box<dyn ShouldSample> = Box::new(based(Sampler::AlwaysOn));
    check(|builder| builder.sampler(boxed), false, [true, true, false], "in a box nobody can see what it is");
    check(|builder| builder.sampler(Orders), false, [true, true, false], "one that is shown no attributes");
}

#[test]
fn a_sampler_that_goes_by_attributes_sees_them_under_an_unsampled_parent() {
    let (traces, exporter) = with(|builder| builder.sampler(Orders));
    assert!(!traces.follows_parent());
    let tracer = traces.messaging_tracer_builder().sampler_sees_all(true).build();
    for (_, spans) in handled(&traces, &exporter, &tracer) {
        let names: Vec<&str> = spans.iter().map(|span| span.0.as_str()).collect();
        assert_eq!(names, ["process orders"]);
    }
}

/// The rules record half of all traces that start here, and all about `orders` whatever the parent did.
fn rules(orders: SampleRule) -> RuleSampler {
    RuleSampler::builder().rule(orders.destination("orders")).default_ratio(0.5).build().unwrap()
}

#[test]
fn of_the_samplers_of_this_crate_it_is_known_whether_they_follow_and_what_they_look_at() {
    const FOLLOWS: [bool; 3] = [true, true, false];
    let follows = || rules(SampleRule::ratio(1.0));
    let decides = || rules(SampleRule::ratio(1.0).over_unsampled_parent());
    check(|builder| builder.sampler(follows()), true, FOLLOWS, "rules that follow");
    check(|builder| builder.sampler(decides()), false, [true; 3], "a rule that does not");
    check(|builder| builder.sampler(based(decides())), true, FOLLOWS, "inside of ParentBased");
    check(|builder| builder.sampler(RateCap::new(follows(), 100)), true, FOLLOWS, "a limit around it");
    check(|builder| builder.sampler(RateCap::new(decides(), 100)), false, [true; 3], "a limit around it");
    let twice = || RateCap::new(RateCap::new(follows(), 100), 100);
    check(|builder| builder.sampler(twice()), true, FOLLOWS, "a limit around a limit");
    let linked = || LinkedSampler::new(based(Sampler::AlwaysOn));
    check(|builder| builder.sampler(linked()), false, FOLLOWS, "links, and no producer that was sampled");
}

#[test]
fn a_consumer_that_only_links_is_kept_if_its_producer_was_also_below_an_unsampled_span() {
    use opentelemetry::trace::TraceContextExt;

    for (flags, expected) in [("01", 1), ("00", 0)] {
        let (traces, exporter) =
            with(|builder| builder.sampler(LinkedSampler::new(based(Sampler::AlwaysOff))));
        let tracer = traces.messaging_tracer_builder().correlation(Correlation::Link).build();
        let headers: MemoryHeaders = [("traceparent", Some(traceparent(flags)))].into_iter().collect();
        let around: tracehop::CreationContext =
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse().unwrap();
        let _active = around.to_context().attach();
        assert!(!Context::current().span().span_context().is_sampled());
        Post::new(&tracer).0.received(Letter(headers)).process_blocking(|| ());
        traces.provider().force_flush().unwrap();
        assert_eq!(exporter.get_finished_spans().unwrap().len(), expected, "{flags}");
    }
}

#[test]
fn a_rule_sees_the_baggage_that_a_message_brings() {
    let tenant = SampleRule::ratio(1.0).baggage("tenant", "acme").over_unsampled_parent();
    let sampler = RuleSampler::builder().rule(tenant).default_ratio(0.0).build().unwrap();
    let (traces, exporter) = with(|builder| builder.sampler(sampler));
    let post = Post::new(&traces.messaging_tracer());
    for (flags, baggage, expected) in [
        (None, None, 0),
        (None, Some("tenant=acme"), 1),
        (None, Some("tenant=other"), 0),
        (Some("00"), None, 0),
        (Some("00"), Some("tenant=acme"), 1),
        (Some("01"), None, 1),
    ] {
        let traceparent = flags.map(|flags| ("traceparent", Some(traceparent(flags))));
        let baggage = baggage.map(|value| ("baggage", Some(value.to_owned())));
        let headers: MemoryHeaders = traceparent.into_iter().chain(baggage).collect();
        post.0.received(Letter(headers)).process_blocking(|| ());
        traces.provider().force_flush().unwrap();
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len(), expected, "{flags:?} {spans:?}");
        exporter.reset();
    }
}

#[test]
fn all_clients_share_what_the_tracer_remembers() {
    let (traces, exporter) = with(|builder| builder);
    let (here, there) = (Post::new(&traces.messaging_tracer()), Post::new(&traces.messaging_tracer()));
    let headers: MemoryHeaders = [("traceparent", Some(traceparent("01")))].into_iter().collect();
    here.0.received(Letter(headers.clone())).process_blocking(|| ());
    // A retry, after the handler and through another client: below the span that processed the message.
    there.send(headers);
    traces.provider().force_flush().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(of("send shipments").parent_span_id, of("process orders").span_context.span_id());
}
