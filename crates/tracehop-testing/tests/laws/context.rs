//! Contexts of an application, of every kind.

use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, Key, StringValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A context with a span of any flags or with none, a `tracestate` and baggage, either of which may be larger than what may be sent.
pub(crate) fn context() -> impl Strategy<Value = Context> {
    // A span without one of its ids is none, whatever its flags and its `tracestate` say.
    let trace_id = prop_oneof![15 => 1_u128.., 1 => Just(0)];
    let span_id = prop_oneof![15 => 1_u64.., 1 => Just(0)];
    let span = (trace_id, span_id, any::<u8>());
    (span, members(), members()).prop_map(|(span, tracestate, baggage)| {
        let (trace_id, span_id, flags) = span;
        let mut state = TraceState::default();
        for (key, value) in tracestate {
            // What OpenTelemetry's type refuses no application has.
            if let Ok(next) = state.insert(key, value) {
                state = next;
            }
        }
        let (trace_id, span_id) = (trace_id.into(), span_id.into());
        let span = SpanContext::new(trace_id, span_id, TraceFlags::new(flags), false, state);
        Context::new().with_baggage(members_of(baggage)).with_remote_span_context(span)
    })
}

fn members_of(members: Vec<(String, String)>) -> Baggage {
    let mut baggage = Baggage::new();
    for (number, (key, value)) in members.into_iter().enumerate() {
        let metadata = match number % 3 {
            0 => BaggageMetadata::from("p=1"),
            _ => BaggageMetadata::default(),
        };
        baggage.insert_with_metadata(Key::from(key), StringValue::from(value), metadata);
    }
    baggage
}

/// Few short members, or many that may be long.
fn members() -> impl Strategy<Value = Vec<(String, String)>> {
    let member = (select(KEYS), select(VALUES), any::<u8>());
    let short = vec(member, 0..4).prop_map(|members| {
        members.into_iter().map(|(key, value, number)| (format!("{key}{number}"), value.to_owned())).collect()
    });
    let long = (select(KEYS), select(&b"ab1%; "[..]), 0..80_usize, 0..400_usize);
    let long = long.prop_map(|(key, byte, count, length)| {
        let value = format!("{}x", char::from(byte).to_string().repeat(length));
        (0..count).map(|number| (format!("{key}{number}"), value.clone())).collect()
    });
    prop_oneof![40 => short, 1 => long]
}

const KEYS: &[&str] = &["a", "tenant", "a@b@c", "0/", "A b", "é"];

const VALUES: &[&str] =
    &["1", "", "x y", " ", "a ", "%41", "é€\u{1d11e}", "\r\n", "\0", "a=b", "a,b", "a;b", "\"\\"];
