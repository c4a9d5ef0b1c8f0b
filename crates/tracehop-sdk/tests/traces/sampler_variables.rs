//! `OTEL_TRACES_SAMPLER`, by what the sampler does.

use opentelemetry::Context;
use opentelemetry::trace::{
    Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::Sampler;
use tracehop_sdk::TracesBuilder;

use crate::ids::{ONE_QUARTER, SameTrace, trace_id};
use crate::variables::kept;

/// What is recorded by a sampler: of a root with an identifier below one quarter, of one from there on, under an unsampled parent
/// below, and under a sampled parent from there on. No two samplers of the table agree.
type Seen = [bool; 4];

const ALWAYS: Seen = [true, true, true, true];
const NEVER: Seen = [false, false, false, false];
const QUARTER: Seen = [true, false, true, false];
const FOLLOWING: Seen = [true, true, false, true];
const FOLLOWING_NEVER: Seen = [false, false, false, true];
const FOLLOWING_QUARTER: Seen = [true, false, false, true];

fn seen(settings: impl Fn() -> TracesBuilder) -> (Seen, bool) {
    let mut follows_parent = None;
    let mut is_recorded = |low: u64, parent: Option<TraceFlags>| {
        let traces =
            settings().provider_settings(move |builder| builder.with_id_generator(SameTrace::new(low)));
        let traces = traces.build().unwrap();
        follows_parent = Some(traces.follows_parent());
        let parent = parent.map_or_else(Context::new, |flags| {
            let parent = SpanContext::new(trace_id(low), SpanId::from(9), flags, true, TraceState::NONE);
            Context::new().with_remote_span_context(parent)
        });
        traces.provider().tracer("test").start_with_context("x", &parent).is_recording()
    };
    let (below, from) = (ONE_QUARTER - 1, ONE_QUARTER);
    let seen = [
        is_recorded(below, None),
        is_recorded(from, None),
        is_recorded(below, Some(TraceFlags::NOT_SAMPLED)),
        is_recorded(from, Some(TraceFlags::SAMPLED)),
    ];
    (seen, follows_parent.unwrap())
}

#[test]
fn the_variables_name_a_sampler_and_its_ratio() {
    let (name, arg) = (Some, Some);
    for (sampler, ratio, expected, follows_parent, why) in [
        (None, None, FOLLOWING, true, "the default"),
        (name("always_on"), None, ALWAYS, false, "by its name"),
        (name("always_off"), None, NEVER, true, "by its name"),
        (name("traceidratio"), arg("0.25"), QUARTER, false, "by its name"),
        (name("parentbased_always_on"), None, FOLLOWING, true, "by its name"),
        (name("parentbased_always_off"), None, FOLLOWING_NEVER, true, "by its name"),
        (name("parentbased_traceidratio"), arg("0.25"), FOLLOWING_QUARTER, true, "by its name"),
        (name("Always_ON"), None, ALWAYS, false, "letter case does not matter"),
        (name("PARENTBASED_TRACEIDRATIO"), arg("0.25"), FOLLOWING_QUARTER, true, "nor here"),
        (name(" always_off "), None, NEVER, true, "nor do spaces"),
        (name(""), None, FOLLOWING, true, "empty is unset"),
        (name(" "), arg("0.25"), FOLLOWING, true, "so are spaces"),
        (name("traceidratio"), None, ALWAYS, false, "the ratio is 1 if unset"),
        (name("traceidratio"), arg(""), ALWAYS, false, "empty is unset"),
        (name("traceidratio"), arg(" 0.25 "), QUARTER, false, "spaces"),
        (name("traceidratio"), arg("25e-2"), QUARTER, false, "a number all the same"),
        (name("traceidratio"), arg("0"), NEVER, false, "the lowest"),
        (name("parentbased_traceidratio"), arg("0"), FOLLOWING_NEVER, true, "the lowest"),
        (name("traceidratio"), arg("1"), ALWAYS, false, "the highest"),
        (name("traceidratio"), arg("-0.25"), ALWAYS, false, "out of range is as unset"),
        (name("traceidratio"), arg("1.5"), ALWAYS, false, "out of range"),
        (name("traceidratio"), arg("25%"), ALWAYS, false, "no number"),
        (name("traceidratio"), arg("0,25"), ALWAYS, false, "no number"),
        (name("traceidratio"), arg("nan"), ALWAYS, false, "no number, says its name"),
        (name("parentbased_traceidratio"), arg("inf"), FOLLOWING, true, "out of range"),
        (name("always_off"), arg("1"), NEVER, true, "a ratio that nobody asks for"),
        (None, arg("0.25"), FOLLOWING, true, "a ratio of no sampler"),
        (name("sometimes"), arg("0.25"), FOLLOWING, true, "unknown is as unset"),
        (name("parentbased"), None, FOLLOWING, true, "half a name"),
        (name("jaeger_remote"), None, FOLLOWING, true, "not supported"),
        (name("xray"), None, FOLLOWING, true, "not supported"),
    ] {
        let values = [("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", ratio)];
        let set: Vec<(&str, &str)> =
            values.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        assert_eq!(seen(|| kept(&set).0), (expected, follows_parent), "{sampler:?} {ratio:?}: {why}");
    }
}

#[test]
fn what_is_set_in_code_comes_before_the_variables() {
    let off = [("OTEL_TRACES_SAMPLER", "always_off")];
    assert_eq!(seen(|| kept(&off).0.sampler(Sampler::AlwaysOn)), (ALWAYS, false));
    assert_eq!(seen(|| kept(&off).0.ratio(0.25)), (FOLLOWING_QUARTER, true));
    assert_eq!(seen(|| kept(&off).0.ratio(0.25).sampler(Sampler::AlwaysOn)), (ALWAYS, false));
    assert_eq!(seen(|| kept(&off).0.sampler(Sampler::AlwaysOn).ratio(0.25)), (FOLLOWING_QUARTER, true));
}

#[test]
fn a_sampler_that_is_set_behind_its_back_is_not_used() {
    let settings = || kept(&[]).0.provider_settings(|builder| builder.with_sampler(Sampler::AlwaysOn));
    assert_eq!(seen(settings), (FOLLOWING, true));
}
