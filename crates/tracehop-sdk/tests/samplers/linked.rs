use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, TraceState};
use opentelemetry_sdk::trace::Sampler;
use tracehop_sdk::LinkedSampler;

use crate::asked::{Asked, OPERATION, Parent, SAMPLED, UNSAMPLED};

#[test]
fn a_consumer_is_kept_if_any_producer_was() {
    use Parent::{Invalid, None, Sampled, Unsampled};

    let following = || Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let operation = |asked: Asked, kind, operation: &'static str| Asked {
        kind,
        attributes: vec![KeyValue::new(OPERATION, operation)],
        ..asked
    };
    for (asked, expected, why) in [
        (Asked::new(None), false, "no link: the other sampler decides"),
        (Asked::new(None).linked(SAMPLED), true, "the producer was sampled"),
        (Asked::new(None).linked(UNSAMPLED), false, "it was not"),
        (Asked::new(None).linked(UNSAMPLED).linked(SAMPLED), true, "one of two is enough"),
        (Asked::new(Invalid).linked(SAMPLED), true, "a parent that is none"),
        (Asked::new(Unsampled).linked(SAMPLED), true, "an unsampled parent does not matter"),
        (Asked::new(Unsampled).linked(UNSAMPLED), false, "unless no producer was sampled"),
        (Asked::new(Sampled).linked(UNSAMPLED), true, "the other sampler follows the parent"),
        (Asked { kind: SpanKind::Producer, ..Asked::new(None).linked(SAMPLED) }, false, "it sends"),
        (Asked { kind: SpanKind::Internal, ..Asked::new(None).linked(SAMPLED) }, false, "no message"),
        (operation(Asked::new(None).linked(SAMPLED), SpanKind::Client, "receive"), true, "it receives"),
        (operation(Asked::new(None).linked(SAMPLED), SpanKind::Client, "process"), true, "it processes"),
        (operation(Asked::new(None).linked(SAMPLED), SpanKind::Client, "settle"), false, "it settles"),
    ] {
        assert_eq!(asked.is_sampled(&LinkedSampler::new(following())), expected, "{asked:?}: {why}");
    }
}

#[test]
fn a_sampled_parent_is_the_other_samplers_matter() {
    let asked = Asked::new(Parent::Sampled).linked(SAMPLED);
    assert!(!asked.is_sampled(&LinkedSampler::new(Sampler::AlwaysOff)));
}

#[test]
fn the_trace_state_stays() {
    let state = TraceState::from_key_value([("a", "1")]).unwrap();
    let asked = Asked { state: state.clone(), ..Asked::new(Parent::Unsampled).linked(SAMPLED) };
    assert_eq!(asked.ask(&LinkedSampler::new(Sampler::AlwaysOff)).trace_state, state);
}
