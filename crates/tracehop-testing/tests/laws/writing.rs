//! What writing makes of a message.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tracehop::{CreationContext, HeaderPatch, MemoryHeaders, MessagePropagator};
use tracehop_testing::{CarrierUnderTest, Header};

use crate::allocations::writing_allocates_a_multiple_of_what_is_there;
use crate::cases;
use crate::context::context;
use crate::headers::headers;

/// The most that the names and values of a context take, in bytes: a `traceparent`, a `tracestate` of 32 members of 256 bytes
/// each for key and value, and baggage of 8,192 bytes.
const MOST: usize =
    ("traceparent".len() + 55) + ("tracestate".len() + 32 * 513 + 31) + ("baggage".len() + 8_192);

type Map = HashMap<String, String>;

fn patch(cx: &Context) -> HeaderPatch {
    MessagePropagator::default().patch(cx.span().span_context(), cx).0
}

/// A carrier with those of the headers that it can hold.
fn build<C: CarrierUnderTest>(headers: &[Header]) -> C {
    let can_hold = |header: &&Header| C::build(&[(*header).clone()]).is_some();
    let mut held: Vec<Header> = headers.iter().filter(can_hold).cloned().collect();
    if !C::REPEATS {
        held.sort();
        held.dedup_by(|one, other| one.0 == other.0);
    }
    C::build(&held).expect("each of them can be held")
}

fn foreign<C: CarrierUnderTest>(carrier: &C, patch: &HeaderPatch) -> Vec<Header> {
    let mut headers = carrier.dump();
    headers.retain(|(name, _)| !patch.owns(name));
    if !C::ORDERED {
        headers.sort();
    }
    headers
}

fn bytes(headers: &[Header]) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len)).sum()
}

fn what_was_applied_is_read<C: CarrierUnderTest>(headers: &[Header], cx: &Context) -> TestCaseResult {
    let (mut carrier, patch) = (build::<C>(headers), patch(cx));
    carrier.apply(&patch).unwrap();
    let dump = carrier.dump();
    for (name, value) in patch.headers() {
        let standing = dump.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        let standing: Vec<_> = standing.map(|(known, value)| (known.as_slice(), value.as_deref())).collect();
        prop_assert_eq!(standing, [(name.as_bytes(), Some(value))]);
    }
    if !cx.span().span_context().is_valid() {
        // What was there stays, and what is written does not belong to it.
        return Ok(());
    }
    let read = MessagePropagator::default().extract(&carrier);
    let mut expected = CreationContext::from_context(cx);
    if !patch.owns(b"baggage") {
        // It stays if there is none to replace it.
        expected = format!("{expected};baggage={}", baggage(&read.creation)).parse().unwrap();
    }
    prop_assert_eq!(read.creation, expected);
    Ok(())
}

/// The part of a line after `;baggage=`.
fn baggage(creation: &CreationContext) -> String {
    creation.to_string().split_once(";baggage=").map(|(_, baggage)| baggage.to_owned()).unwrap_or_default()
}

fn other_headers_are_untouched<C: CarrierUnderTest>(headers: &[Header], cx: &Context) -> TestCaseResult {
    let (mut carrier, patch) = (build::<C>(headers), patch(cx));
    let before = foreign(&carrier, &patch);
    carrier.apply(&patch).unwrap();
    prop_assert_eq!(foreign(&carrier, &patch), before);
    Ok(())
}

fn a_message_grows_by_bounded_bytes<C: CarrierUnderTest>(headers: &[Header], cx: &Context) -> TestCaseResult {
    let (mut carrier, patch) = (build::<C>(headers), patch(cx));
    let before = bytes(&carrier.dump());
    carrier.apply(&patch).unwrap();
    let once = bytes(&carrier.dump());
    prop_assert!(once <= before + MOST, "{before} bytes became {once}");
    carrier.apply(&patch).unwrap();
    prop_assert_eq!(bytes(&carrier.dump()), once, "it grows each time");
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn writing_into_a_list(headers in headers(), cx in context()) {
        what_was_applied_is_read::<MemoryHeaders>(&headers, &cx)?;
        other_headers_are_untouched::<MemoryHeaders>(&headers, &cx)?;
        a_message_grows_by_bounded_bytes::<MemoryHeaders>(&headers, &cx)?;
        writing_allocates_a_multiple_of_what_is_there(&headers, &cx)?;
    }

    #[test]
    fn writing_into_a_map(headers in headers(), cx in context()) {
        what_was_applied_is_read::<Map>(&headers, &cx)?;
        other_headers_are_untouched::<Map>(&headers, &cx)?;
        a_message_grows_by_bounded_bytes::<Map>(&headers, &cx)?;
    }
}
