use opentelemetry::trace::{SpanKind, TraceState};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SamplingDecision;
use proptest::prelude::*;
use tracehop_sdk::{RuleSampler, RuleSamplerBuilder, SampleRule};

use crate::asked::{Asked, DESTINATION, OPERATION, Parent, SYSTEM, TEMPLATE};

/// The lowest randomness that a ratio of one quarter samples: three quarters of 2^56.
const QUARTER: u64 = 0xc0 << 48;

fn built(builder: RuleSamplerBuilder) -> RuleSampler {
    builder.build().unwrap()
}

/// Whether a rule with these conditions holds.
fn holds(rule: SampleRule, asked: &Asked) -> bool {
    asked.is_sampled(&built(RuleSampler::builder().rule(rule).default_ratio(0.0)))
}

fn all() -> SampleRule {
    SampleRule::ratio(1.0)
}

fn with(attributes: &[(&'static str, &'static str)]) -> Asked {
    let attributes = attributes.iter().map(|(key, value)| KeyValue::new(*key, *value));
    Asked { attributes: attributes.collect(), ..Asked::new(Parent::None) }
}

fn header(values: &[&'static str]) -> Asked {
    let values = values.iter().map(|value| StringValue::from(*value)).collect();
    let attribute = KeyValue::new("messaging.header.x-debug", Value::Array(Array::String(values)));
    Asked { attributes: vec![attribute], ..Asked::new(Parent::None) }
}

#[test]
fn each_condition_looks_at_its_own() {
    let orders = || with(&[(DESTINATION, "orders.eu"), (SYSTEM, "kafka"), (OPERATION, "process")]);
    let baggage = |key: &'static str, value: &'static str| Asked {
        baggage: vec![KeyValue::new(key, value)],
        ..Asked::new(Parent::None)
    };
    let templated = || with(&[(DESTINATION, "orders.17"), (TEMPLATE, "orders.{id}")]);
    let number = Asked { attributes: vec![KeyValue::new(DESTINATION, 7)], ..Asked::new(Parent::None) };
    for (rule, asked, expected, why) in [
        (all(), orders(), true, "no condition holds for all"),
        (all().destination("orders.eu"), orders(), true, "by its name"),
        (all().destination("orders.*"), orders(), true, "by a pattern"),
        (all().destination("*"), with(&[]), false, "no destination is like nothing"),
        (all().destination("*"), number, false, "nor is a number"),
        (all().destination("Orders.*"), orders(), false, "letter case counts"),
        (all().destination("orders.{id}"), templated(), true, "the template"),
        (all().destination("orders.17"), templated(), false, "not the name behind the template"),
        (all().system("kafka"), orders(), true, "the system"),
        (all().system("nats"), orders(), false, "another"),
        (all().operation("process"), orders(), true, "the operation"),
        (all().operation("send"), orders(), false, "another"),
        (all().kind(SpanKind::Consumer), orders(), true, "the kind"),
        (all().kind(SpanKind::Producer), orders(), false, "another"),
        (all().header("X-Debug", "*"), header(&["1"]), true, "any value, whatever letter case"),
        (all().header("x-debug", "2"), header(&["1", "2"]), true, "one of its values"),
        (all().header("x-debug", "3"), header(&["1", "2"]), false, "none of them"),
        (all().header("x-debug", "*"), header(&[]), false, "no value"),
        (all().header("x-debug", "1"), with(&[("messaging.header.x-debug", "1")]), true, "a text alone"),
        (all().header("x-other", "*"), header(&["1"]), false, "another header"),
        (all().baggage("tenant", "acme"), baggage("tenant", "acme"), true, "baggage"),
        (all().baggage("tenant", "a*"), baggage("tenant", "acme"), true, "by a pattern"),
        (all().baggage("tenant", "b*"), baggage("tenant", "acme"), false, "another value"),
        (all().baggage("tenant", "*"), baggage("user", "acme"), false, "another member"),
        (all().destination("orders.*").system("kafka"), orders(), true, "both hold"),
        (all().destination("orders.*").system("nats"), orders(), false, "one of two does not"),
    ] {
        assert_eq!(holds(rule.clone(), &asked), expected, "{rule:?} {asked:?}: {why}");
    }
}

#[test]
fn the_first_rule_that_holds_decides() {
    let sampler = built(
        RuleSampler::builder()
            .rules([SampleRule::ratio(0.0).destination("orders.dead"), all().destination("orders.*")])
            .default_ratio(0.0),
    );
    for (destination, expected) in [("orders.dead", false), ("orders.eu", true), ("payments", false)] {
        assert_eq!(Asked::about(Parent::None, destination).is_sampled(&sampler), expected, "{destination}");
    }
}

#[test]
fn without_a_rule_and_a_ratio_all_is_sampled() {
    let sampler = built(RuleSampler::builder());
    assert!(Asked { trace: 0, ..Asked::new(Parent::None) }.is_sampled(&sampler));
}

#[test]
fn a_parent_is_followed_unless_a_rule_decides_over_it() {
    use Parent::{Invalid, None, Sampled, Unsampled};

    let none = || SampleRule::ratio(0.0).destination("orders");
    for (rule, follows, decisions, why) in [
        (all(), true, [true, true, true, false], "follows"),
        (none(), true, [false, false, true, false], "follows a sampled one too"),
        (all().over_unsampled_parent(), false, [true, true, true, true], "decides over it"),
        (none().over_unsampled_parent(), false, [false, false, true, false], "decides not to"),
        (
            all().destination("payments").over_unsampled_parent(),
            false,
            [false, false, true, false],
            "it is not about this one: the default ratio never decides over a parent",
        ),
    ] {
        let sampler = built(RuleSampler::builder().rule(rule).default_ratio(0.0));
        assert_eq!(sampler.follows_parent(), follows, "{why}");
        for (parent, expected) in [None, Invalid, Sampled, Unsampled].into_iter().zip(decisions) {
            for is_remote in [true, false] {
                let asked = Asked { is_remote, ..Asked::about(parent, "orders") };
                assert_eq!(asked.is_sampled(&sampler), expected, "{parent:?}: {why}");
            }
        }
    }
}

#[test]
fn a_rule_that_follows_hides_one_behind_it_that_does_not() {
    let rules = [all().destination("orders"), all().over_unsampled_parent()];
    let sampler = built(RuleSampler::builder().rules(rules));
    assert!(!Asked::about(Parent::Unsampled, "orders").is_sampled(&sampler));
    assert!(Asked::about(Parent::Unsampled, "payments").is_sampled(&sampler));
}

#[test]
fn a_ratio_goes_by_the_last_56_bits_or_by_what_the_state_says() {
    let sampler = built(
        RuleSampler::builder().rule(SampleRule::ratio(0.25).over_unsampled_parent()).default_ratio(0.0),
    );
    for (trace, state, expected, why) in [
        (QUARTER, "", true, "the lowest that is sampled"),
        (QUARTER - 1, "", false, "one below"),
        (0xff << 56 | (QUARTER - 1), "", false, "the first 8 of 64 bits do not count"),
        (QUARTER - 1, "rv:c0000000000000", true, "what the state says comes first"),
        (QUARTER, "th:8;rv:bfffffffffffff", false, "what the state says comes first"),
        (QUARTER, "rv:0", true, "what is not well formed does not count"),
    ] {
        let state = if state.is_empty() {
            TraceState::NONE
        } else {
            TraceState::from_key_value([("ot", state)]).unwrap()
        };
        let asked = Asked { trace, state, ..Asked::new(Parent::Unsampled) };
        assert_eq!(asked.is_sampled(&sampler), expected, "{asked:?}: {why}");
    }
}

#[test]
fn the_threshold_is_written_if_it_is_asked_for_and_the_trace_is_sampled() {
    let builder = || {
        let rule = SampleRule::ratio(0.25).over_unsampled_parent();
        RuleSampler::builder().rule(rule).default_ratio(0.0)
    };
    let before = [("a", "1"), ("ot", "th:8;rv:ffffffffffffff;x:y")];
    let state = |members: &[(&'static str, &'static str)]| {
        if members.is_empty() {
            return TraceState::NONE;
        }
        TraceState::from_key_value(members.iter().copied()).unwrap()
    };
    let written = [("ot", "th:c;rv:ffffffffffffff;x:y"), ("a", "1")];
    for (writes, parent, found, trace, expected, why) in [
        (true, Parent::None, &[][..], QUARTER, &[("ot", "th:c")][..], "a new trace"),
        (true, Parent::None, &[], 0, &[], "a trace that is dropped"),
        (false, Parent::None, &[], QUARTER, &[], "nobody asked"),
        (true, Parent::Unsampled, &before, QUARTER, &written, "what else there is stays"),
        (true, Parent::Sampled, &before, QUARTER, &before, "a parent's threshold is its own"),
        (false, Parent::Unsampled, &before, QUARTER, &before, "nobody asked"),
    ] {
        let sampler = built(builder().write_threshold(writes));
        let asked = Asked { trace, state: state(found), ..Asked::new(parent) };
        assert_eq!(asked.ask(&sampler).trace_state, state(expected), "{asked:?}: {why}");
    }
}

#[test]
fn a_member_is_never_longer_than_is_allowed() {
    let long = format!("x:{};y:1", "z".repeat(250));
    let state = TraceState::from_key_value([("ot", long)]).unwrap();
    let rule = SampleRule::ratio(0.1).over_unsampled_parent();
    let sampler = built(RuleSampler::builder().rule(rule).write_threshold(true));
    let asked = Asked { state, ..Asked::new(Parent::Unsampled) };
    assert_eq!(asked.ask(&sampler).trace_state.get("ot"), Some("th:e6666666666666;y:1"));
}

#[test]
fn a_ratio_that_is_none_is_an_error_that_names_it() {
    let orders = |ratio| SampleRule::ratio(ratio).destination("orders.*").header("X-Debug", "secret");
    let named = "rule 2 (destination \"orders.*\", header \"x-debug\")";
    for (ratio, shown) in [(f64::NAN, "NaN"), (-0.5, "-0.5"), (1.5, "1.5"), (f64::INFINITY, "inf")] {
        let reason = format!("the ratio {shown} is no number from 0 to 1");
        let error = RuleSampler::builder().rule(all()).rule(orders(ratio)).build().unwrap_err();
        assert_eq!((error.setting(), error.to_string()), (named, format!("{named}: {reason}")));
        let error = RuleSampler::builder().default_ratio(ratio).build().unwrap_err();
        assert_eq!(error.to_string(), format!("default_ratio: {reason}"));
        let error = RuleSampler::builder().rule(SampleRule::ratio(ratio)).build().unwrap_err();
        assert_eq!(error.to_string(), format!("rule 1 (all spans): {reason}"));
    }
}

proptest! {
    /// However long and strange what comes in with a message is.
    #[test]
    fn whatever_the_state_says_the_decision_is_that_of_a_ratio(member in "[ -~&&[^,=]]{0,300}", trace: u64) {
        let state = TraceState::from_key_value([("ot", member)]).unwrap_or_default();
        for (ratio, expected) in [(1.0, SamplingDecision::RecordAndSample), (0.0, SamplingDecision::Drop)] {
            let rule = SampleRule::ratio(ratio).over_unsampled_parent();
            let sampler = built(RuleSampler::builder().rule(rule).write_threshold(true));
            let asked = Asked { trace, state: state.clone(), ..Asked::new(Parent::Unsampled) };
            prop_assert_eq!(asked.ask(&sampler).decision, expected);
        }
    }
}
