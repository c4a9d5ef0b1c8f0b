//! One vector over one carrier.

use opentelemetry::trace::TraceContextExt;
use tracehop::{Extracted, MessagePropagator, Problem};

use super::carrier_under_test::CarrierUnderTest;
use super::shared::values;
use crate::vectors::{self, Expected, Vector};

/// Checks the [vector](crate::vectors) of this name: reads its headers, sends what was read in a new message, and compares
/// both with what the vector expects. Headers that the transport cannot hold are passed over, see
/// [`not_representable`](super::not_representable).
///
/// # Panics
///
/// Panics if something else is read or sent than the vector expects, or if there is no vector of this name.
#[track_caller]
pub fn vector<C: CarrierUnderTest>(name: &str) {
    let vector = vectors::all().into_iter().find(|vector| vector.name == name);
    let vector = vector.expect("the vector exists");
    match C::build(&vector.headers) {
        Some(carrier) => check::<C>(&vector, &carrier),
        None => println!("not representable: {name}"),
    }
}

#[track_caller]
fn check<C: CarrierUnderTest>(vector: &Vector, carrier: &C) {
    let Vector { row, reason, .. } = vector;
    let unknown_alias = vector.alias.is_some_and(|alias| !carrier.transport().aliases.contains(&alias));
    let expected = if unknown_alias { Expected::default() } else { vector.expected.clone() };
    let propagator = MessagePropagator::builder().repeats(vector.repeats).build();
    let extracted = propagator.extract(carrier);
    assert_eq!(read(&extracted), expected_of_reading(&expected), "as read (row {row}: {reason})");

    let cx = extracted.creation.to_context();
    let (patch, problems) = propagator.patch(cx.span().span_context(), &cx);
    let mut next = C::build(&[]).expect("every transport can hold a message without headers");
    next.apply(&patch).expect("every transport can hold the context headers");
    let sent = ["traceparent", "tracestate", "baggage"].map(|name| {
        let values: Vec<String> =
            values(&next, name).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        (name, values)
    });
    assert_eq!(sent, expected_of_sending(&expected), "as sent on (row {row}: {reason})");
    assert!(problems.is_empty(), "what was read can be sent on (row {row}: {reason}): {problems:?}");
}

/// The problems as text, in an order that does not depend on how they were met.
fn sorted(problems: impl IntoIterator<Item = Problem>) -> Vec<String> {
    let mut problems: Vec<String> = problems.into_iter().map(|problem| problem.to_string()).collect();
    problems.sort();
    problems
}

/// What is compared, in the words of the specifications.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    traceparent: Option<String>,
    tracestate: Option<String>,
    baggage: Vec<(String, String)>,
    problems: Vec<String>,
    dropped_baggage: u16,
}

fn read(extracted: &Extracted) -> Reading {
    let creation = &extracted.creation;
    let span = creation.span_context();
    let mut baggage: Vec<(String, String)> = creation
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.as_str().to_owned(), value.as_str().to_owned()))
        .collect();
    baggage.sort();
    Reading {
        traceparent: creation
            .is_valid()
            .then(|| format!("00-{}-{}-{:02x}", creation.trace_id(), creation.span_id(), span.trace_flags())),
        tracestate: creation.tracestate().map(str::to_owned),
        baggage,
        problems: sorted(extracted.problems.iter()),
        dropped_baggage: extracted.problems.dropped_baggage(),
    }
}

fn expected_of_reading(expected: &Expected) -> Reading {
    Reading {
        traceparent: traceparent(expected),
        tracestate: expected.tracestate.clone(),
        baggage: expected.baggage.clone(),
        problems: sorted(expected.problems.iter().copied()),
        dropped_baggage: expected.dropped_baggage,
    }
}

fn expected_of_sending(expected: &Expected) -> [(&'static str, Vec<String>); 3] {
    [
        ("traceparent", traceparent(expected).into_iter().collect()),
        ("tracestate", expected.tracestate.iter().cloned().collect()),
        ("baggage", expected.baggage_sent.iter().cloned().collect()),
    ]
}

fn traceparent(expected: &Expected) -> Option<String> {
    let context = expected.context?;
    Some(format!("00-{}-{}-{:02x}", context.trace_id, context.span_id, context.flags))
}
