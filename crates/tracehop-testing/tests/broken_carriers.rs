//! The conformance suite finds the mistakes that carriers are known to make.

use std::panic;

use tracehop::{Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderPatch, MemoryHeaders};
use tracehop_testing::{CarrierUnderTest, Header, conformance};

/// `MemoryHeaders` with one mistake.
#[derive(Clone, Default)]
struct Broken<const MISTAKE: u8>(Vec<(String, Option<Vec<u8>>)>);

const NULLS_ARE_EMPTY_VALUES: u8 = 0;
const ONLY_THE_FIRST_VALUE: u8 = 1;
const SHOWS_NAMES_IN_LOWER_CASE: u8 = 2;
const SHOWS_NOTHING: u8 = 3;
const APPENDS: u8 = 4;
const REMOVES_EXACT_NAMES_ONLY: u8 = 5;
const REMOVES_EVERYTHING: u8 = 6;
const MOVES_HEADERS: u8 = 7;
const PUTS_CONTEXT_FIRST_AND_STOPS_AT_A_REFUSAL: u8 = 8;
const WRITES_EMPTY_TRACESTATE: u8 = 9;
const PANICS_ON_LINE_BREAKS: u8 = 10;
const LOSES_NULLS: u8 = 11;
const KEEPS_SAMPLED_ONLY: u8 = 12;
const HOLDS_NOTHING: u8 = 13;
const VALUES_IN_REVERSE: u8 = 14;

impl<const MISTAKE: u8> Carrier for Broken<MISTAKE> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        let mut headers: Vec<(String, Option<&[u8]>)> = Vec::new();
        for (name, value) in &self.0 {
            let name = match MISTAKE {
                SHOWS_NAMES_IN_LOWER_CASE => name.to_lowercase(),
                _ => name.clone(),
            };
            match (MISTAKE, value) {
                (SHOWS_NOTHING, _) => {}
                (ONLY_THE_FIRST_VALUE, _) if headers.iter().any(|(known, _)| *known == name) => {}
                (NULLS_ARE_EMPTY_VALUES, None) => headers.push((name, Some(b""))),
                (_, value) => headers.push((name, value.as_deref())),
            }
        }
        if MISTAKE == VALUES_IN_REVERSE {
            headers.reverse();
        }
        for (name, value) in headers {
            f(name.as_bytes(), value);
        }
    }
}

impl<const MISTAKE: u8> CarrierMut for Broken<MISTAKE> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let headers = &mut self.0;
        if MISTAKE == KEEPS_SAMPLED_ONLY && patch.headers().any(|(_, value)| value.ends_with(b"-00")) {
            return Ok(());
        }
        let exact = |name: &String| patch.names().any(|owned| owned == name);
        headers.retain(|(name, _)| match MISTAKE {
            APPENDS => true,
            REMOVES_EXACT_NAMES_ONLY => !exact(name),
            REMOVES_EVERYTHING => false,
            _ => !patch.owns(name.as_bytes()),
        });
        if MISTAKE == MOVES_HEADERS {
            headers.reverse();
        }
        for (name, value) in patch.headers() {
            assert!(MISTAKE != PANICS_ON_LINE_BREAKS || !value.contains(&b'\n'), "invalid header value");
            if MISTAKE == PUTS_CONTEXT_FIRST_AND_STOPS_AT_A_REFUSAL && name.contains('\0') {
                return Err(CarrierError::new(
                    CarrierErrorKind::Name,
                    name.to_owned(),
                    "it contains a zero byte",
                ));
            }
            headers.push((name.to_owned(), Some(value.into())));
        }
        if MISTAKE == WRITES_EMPTY_TRACESTATE && !headers.iter().any(|(name, _)| name == "tracestate") {
            headers.push(("tracestate".into(), Some(Vec::new())));
        }
        Ok(())
    }
}

impl<const MISTAKE: u8> CarrierUnderTest for Broken<MISTAKE> {
    const ORDERED: bool = true;
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut headers = MemoryHeaders::build(headers)?.into_vec();
        match MISTAKE {
            LOSES_NULLS => headers.retain(|(_, value)| value.is_some()),
            HOLDS_NOTHING if !headers.is_empty() => return None,
            _ => {}
        }
        Some(Self(headers))
    }

    fn dump(&self) -> Vec<Header> {
        MemoryHeaders::from(self.0.clone()).dump()
    }
}

/// Asserts that `scenario` finds something.
#[track_caller]
fn check(scenario: fn()) {
    assert!(panic::catch_unwind(scenario).is_err(), "the mistake was not found");
}

#[test]
fn a_null_taken_for_a_value_is_found() {
    check(conformance::lookup::<Broken<NULLS_ARE_EMPTY_VALUES>>);
}

#[test]
fn a_repeat_that_is_overlooked_is_found() {
    check(conformance::lookup::<Broken<ONLY_THE_FIRST_VALUE>>);
    check(|| conformance::vector::<Broken<ONLY_THE_FIRST_VALUE>>("last_of_two_traceparents_wins"));
}

#[test]
fn values_in_the_wrong_order_are_found() {
    check(conformance::lookup::<Broken<VALUES_IN_REVERSE>>);
    check(|| conformance::vector::<Broken<VALUES_IN_REVERSE>>("tracestates_in_two_headers_combine"));
}

#[test]
fn a_carrier_that_changes_letter_case_is_found() {
    check(conformance::lookup::<Broken<SHOWS_NAMES_IN_LOWER_CASE>>);
}

#[test]
fn a_carrier_that_shows_no_header_is_found() {
    check(conformance::lookup::<Broken<SHOWS_NOTHING>>);
    check(conformance::prefix_propagator::<Broken<SHOWS_NOTHING>>);
    check(|| conformance::vector::<Broken<SHOWS_NOTHING>>("capitalised_traceparent_continues"));
}

#[test]
fn a_carrier_that_appends_is_found() {
    check(conformance::republish::<Broken<APPENDS>>);
    check(conformance::replacement::<Broken<APPENDS>>);
    check(conformance::hostile::<Broken<APPENDS>>);
    check(conformance::sdk_propagator::<Broken<APPENDS>>);
}

#[test]
fn a_context_header_that_stays_behind_in_capitals_is_found() {
    check(conformance::replacement::<Broken<REMOVES_EXACT_NAMES_ONLY>>);
}

#[test]
fn a_lost_foreign_header_is_found() {
    check(conformance::republish::<Broken<REMOVES_EVERYTHING>>);
    check(conformance::round_trip::<Broken<HOLDS_NOTHING>>);
    check(|| assert_eq!(conformance::not_representable::<Broken<HOLDS_NOTHING>>().len(), 2));
}

#[test]
fn a_moved_foreign_header_is_found() {
    check(conformance::republish::<Broken<MOVES_HEADERS>>);
}

#[test]
fn a_lost_null_is_found() {
    check(conformance::round_trip::<Broken<LOSES_NULLS>>);
}

#[test]
fn half_a_patch_is_found() {
    check(conformance::refusal::<Broken<PUTS_CONTEXT_FIRST_AND_STOPS_AT_A_REFUSAL>>);
}

#[test]
fn a_panic_on_a_line_break_is_found() {
    check(conformance::refusal::<Broken<PANICS_ON_LINE_BREAKS>>);
}

#[test]
fn an_empty_tracestate_is_found() {
    check(conformance::no_empty_headers::<Broken<WRITES_EMPTY_TRACESTATE>>);
    check(|| conformance::vector::<Broken<WRITES_EMPTY_TRACESTATE>>("v00_continues"));
}

#[test]
fn a_carrier_that_drops_unsampled_contexts_is_found() {
    check(conformance::unsampled::<Broken<KEEPS_SAMPLED_ONLY>>);
    check(|| conformance::vector::<Broken<KEEPS_SAMPLED_ONLY>>("unsampled_continues"));
}
