//! What holds for any text.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tracehop_cli::search::{Known, Query, complete};

use crate::samples::{journey, now};

/// Texts made of what means something, and of anything.
fn any_search() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("service"),
        Just("dest"),
        Just("attempt"),
        Just("wait"),
        Just("status"),
        Just("trace"),
        Just("servce"),
        Just("user.id"),
        Just("4bf92f3577b34da6a3ce929d0e0e4736"),
        Just(":"),
        Just(">"),
        Just("<"),
        Just("="),
        Just(">="),
        Just(","),
        Just("-"),
        Just("*"),
        Just("\""),
        Just("\\"),
        Just(" "),
        Just("2s"),
        Just("1.5"),
        Just("ms"),
        Just("é"),
        Just("\u{a0}"),
        Just("waiting"),
        Just("ok"),
        Just("…"),
        Just("\u{0}"),
    ]
    .prop_map(str::to_owned);
    // Most are short; a few are longer than what is read.
    prop_oneof![9 => Just(40_usize), 1 => Just(500)]
        .prop_flat_map(move |length| {
            prop::collection::vec(prop_oneof![9 => piece.clone(), 1 => ".{0,4}"], 0..length)
        })
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_query_prints_as_a_search_that_means_the_same(text in any_search()) {
        let query = Query::parse(&text).query;
        let again = Query::parse(&query.to_string());
        prop_assert_eq!(&again.not_understood, &[]);
        prop_assert_eq!(&again.query, &query);
        query.matches(&journey(1), now());
    }

    #[test]
    fn what_is_suggested_is_understood(text in any_search()) {
        for missed in Query::parse(&text).not_understood {
            if let Some(suggestion) = missed.suggestion {
                prop_assert_eq!(Query::parse(&suggestion).not_understood, &[], "{}", suggestion);
            }
        }
    }

    #[test]
    fn every_completion_replaces_a_part_of_the_text(text in any_search(), cursor in 0..2_000_usize) {
        let known = Known::of(&[std::sync::Arc::new(journey(1))]).with_tags(["user.id"]);
        for completion in complete(&text, cursor, &known) {
            prop_assert!(completion.from <= completion.to && completion.to <= text.len());
            prop_assert!(text.is_char_boundary(completion.from) && text.is_char_boundary(completion.to));
        }
    }
}

/// How long it takes to read and complete a text, at best of some tries.
fn time(text: &str) -> Duration {
    let tries = (0..5).map(|_| {
        let start = Instant::now();
        let parsed = Query::parse(text);
        complete(text, text.len(), &Known::default());
        parsed.query.matches(&journey(1), now());
        start.elapsed()
    });
    tries.min().expect("some tries")
}

#[test]
fn a_long_hostile_text_costs_no_more_than_a_thousand_characters() {
    for piece in
        ["\"", "*", "-", ",", "\\", "a:", ":a,", "servce:x ", "\"a\"*", "wait>1s ", "status:x,", "a*"]
    {
        let bounded: String = piece.chars().cycle().take(1_001).collect();
        let long = piece.repeat(1_000_000);
        // Reading is bounded, so a thousand times more text may not even take a hundred times longer.
        assert!(time(&long) < time(&bounded) * 100 + Duration::from_millis(50), "{piece}");
    }
}
