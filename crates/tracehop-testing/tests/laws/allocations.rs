//! Memory is bounded by the message.

use allocation_counter::measure;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tracehop::{CarrierMut, MemoryHeaders, MessagePropagator};
use tracehop_testing::{CarrierUnderTest, Header};

/// What a list holds of a header beside its bytes, and what a map of names holds.
const HEADER: u64 = 64;

/// Reading allocates at most so many times the headers: their text, and of each that may count what it is and where it stands.
const READING: u64 = 4;
/// What reading allocates beside that for a message that is looked at carefully: its lists begin with room for some.
const CAREFUL: u64 = 512;
/// The same where headers are copied for two other propagators.
const READING_WITH_TWO_OTHERS: u64 = 12;
/// What is allocated for two propagators beside that: each has a list and a table of names.
const TWO_OTHERS: u64 = 1_024;
/// Writing allocates at most so many times the headers and the context.
const WRITING: u64 = 8;

fn size(headers: &[Header]) -> u64 {
    let bytes =
        headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len)).sum::<usize>();
    bytes as u64 + HEADER * headers.len() as u64
}

pub(crate) fn reading_allocates_a_multiple_of_the_headers(headers: &[Header]) -> TestCaseResult {
    let carrier = MemoryHeaders::build(headers).unwrap();
    let propagator = MessagePropagator::default();
    let info = measure(|| drop(propagator.extract(&carrier)));
    let (total, size) = (info.bytes_total, size(headers));
    prop_assert!(total <= CAREFUL + READING * size, "{total} bytes were allocated for {size}");
    Ok(())
}

pub(crate) fn other_propagators_make_it_a_larger_multiple(
    propagator: &MessagePropagator,
    headers: &[Header],
) -> TestCaseResult {
    let carrier = MemoryHeaders::build(headers).unwrap();
    let info = measure(|| drop(propagator.extract(&carrier)));
    let (total, size) = (info.bytes_total, size(headers));
    let most = CAREFUL + TWO_OTHERS + READING_WITH_TWO_OTHERS * size;
    prop_assert!(total <= most, "{total} bytes were allocated for {size}");
    Ok(())
}

pub(crate) fn writing_allocates_a_multiple_of_what_is_there(
    headers: &[Header],
    cx: &Context,
) -> TestCaseResult {
    let propagator = MessagePropagator::default();
    let mut carrier = MemoryHeaders::build(headers).unwrap();
    let span = cx.span().span_context().clone();
    let info = measure(|| {
        let (patch, _) = propagator.patch(&span, cx);
        carrier.apply(&patch).unwrap();
    });
    let (total, size) = (info.bytes_total, size(headers) + size_of_context(cx));
    prop_assert!(total <= WRITING * size, "{total} bytes were allocated for {size}");
    Ok(())
}

/// A header for the span, and what a list of members holds.
fn size_of_context(cx: &Context) -> u64 {
    let span = cx.span();
    let state = span.span_context().trace_state().header().len();
    let baggage = opentelemetry::baggage::BaggageExt::baggage(cx);
    // A byte that is percent-encoded becomes three.
    let member = |(key, (value, properties)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
        let _: &opentelemetry::baggage::BaggageMetadata = properties;
        key.as_str().len() + 3 * value.as_str().len() + properties.as_str().len()
    };
    let members = baggage.iter().map(member).sum::<usize>();
    (state + members) as u64 + HEADER * (3 + baggage.len() as u64)
}
