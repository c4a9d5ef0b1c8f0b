//! Kafka's headers, written and read; trace context alone on either side, for upstream's propagator knows no more.

use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use rdkafka::message::{Header, OwnedHeaders};

use crate::by_hand::{Careful, Popular, Read};
use crate::case::{Case, Goals, Work, work};
use crate::floor::{look_up, put_constant};
use crate::goals::{self, Goal};
use crate::ours::TraceContext;
use crate::traceparent::{TRACEPARENT, span_context};

const GROUP: &str = "Kafka headers";
const MEMBERS: [(&str, &str); 3] =
    [("rojo", "00f067aa0ba902b7"), ("congo", "t61rcWkgMzE"), ("dd", "s:2;o:rum")];
pub(crate) const TRACESTATE: &str = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,dd=s:2;o:rum";

pub(crate) fn cases() -> Vec<Case> {
    let present = || headers(0, &[("traceparent", TRACEPARENT)]);
    let with_state = || headers(0, &[("traceparent", TRACEPARENT), ("tracestate", TRACESTATE)]);
    vec![
        inject_case(
            "inject",
            TraceState::NONE,
            Goals {
                time: Some(goals::INJECT_TIME),
                allocations: Some(goals::INJECT_ALLOCATIONS),
                instructions: goals::INJECT_INSTRUCTIONS,
                all_allocations: Some(goals::INJECT_ALLOCATIONS),
            },
        ),
        Case {
            by_hand: Some(inject_popular()),
            ..inject_case("  beside the popular snippet", TraceState::NONE, Goals::default())
        },
        inject_case(
            "inject, tracestate of 3",
            state(),
            Goals {
                time: Some(goals::STATE_INJECT_TIME),
                allocations: Some(goals::STATE_INJECT_ALLOCATIONS),
                ..Goals::default()
            },
        ),
        extract_case(
            "extract",
            present,
            Goals {
                time: Some(goals::EXTRACT_TIME),
                allocations: Some(goals::EXTRACT_ALLOCATIONS),
                instructions: goals::EXTRACT_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        Case {
            ours: extract_to_context(present()),
            ..extract_case(
                "extract to a Context",
                present,
                Goals {
                    time: Some(goals::CONTEXT_TIME),
                    allocations: Some(goals::CONTEXT_ALLOCATIONS),
                    instructions: goals::CONTEXT_INSTRUCTIONS,
                    ..Goals::default()
                },
            )
        },
        extract_case(
            "extract, 10 user headers before it",
            || headers(10, &[("traceparent", TRACEPARENT)]),
            Goals {
                time: Some(goals::EXTRACT_AMONG_TEN_TIME),
                allocations: Some(goals::EXTRACT_ALLOCATIONS),
                instructions: goals::EXTRACT_AMONG_TEN_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        extract_case(
            "extract, only 3 user headers there",
            || headers(3, &[]),
            Goals {
                allocations: Some(goals::EXTRACT_ALLOCATIONS),
                instructions: goals::EXTRACT_NONE_INSTRUCTIONS,
                ..Goals::default()
            },
        ),
        extract_case(
            "extract, tracestate of 3",
            with_state,
            Goals {
                time: Some(goals::STATE_EXTRACT_TIME),
                allocations: Some(goals::STATE_EXTRACT_ALLOCATIONS),
                ..Goals::default()
            },
        ),
        hostile_case(),
        megabyte_case(
            "replace 2047 of 480 000; the floor: half",
            goals::MEGABYTE_OF_OTHERS_INSTRUCTIONS,
            |part| mass(spelt(2_047 / part, None), "", None, 480_000 / part),
        ),
        megabyte_case(
            "replace 40 000 of 280 000; the floor: half",
            goals::MEGABYTE_OF_REPEATS_INSTRUCTIONS,
            |part| {
                let repeats = mass(OwnedHeaders::new(), "traceparent", None, 40_000 / part);
                mass(repeats, "", None, 240_000 / part)
            },
        ),
    ]
}

pub(crate) fn state() -> TraceState {
    TraceState::from_key_value(MEMBERS).unwrap_or_default()
}

/// So many headers of the user's, and then some.
pub(crate) fn headers(users: usize, more: &[(&str, &str)]) -> OwnedHeaders {
    let list = (0..users).fold(OwnedHeaders::new(), |list, number| {
        list.insert(Header { key: &format!("user-header-{number}"), value: Some("some value") })
    });
    more.iter().fold(list, |list, (key, value)| list.insert(Header { key, value: Some(*value) }))
}

/// The floor is one constant header, for that much any propagation does.
fn inject_case(name: &'static str, state: TraceState, goals: Goals) -> Case {
    let cx = Context::new().with_remote_span_context(span_context(true, state));
    Case {
        group: GROUP,
        name,
        floor: Some(work(put_constant)),
        by_hand: Some(work({
            let (propagator, cx) = (TraceContextPropagator::new(), cx.clone());
            move || {
                let mut headers = None;
                propagator.inject_context(black_box(&cx), &mut Careful(&mut headers));
                headers
            }
        })),
        ours: work({
            let ours = TraceContext::new();
            move || {
                let mut headers = None;
                let result = ours.inject(black_box(&cx), &mut headers);
                (headers, result)
            }
        }),
        goals,
        is_heavy: false,
    }
}

/// A context in so many letter cases, each another header to librdkafka, and a long tail behind them. The floor is the same with
/// ten of them. Both sides copy the headers first.
fn hostile_case() -> Case {
    Case {
        group: GROUP,
        name: "replace 2048 spellings; the floor: 10",
        floor: Some(replace(|| spellings(10))),
        by_hand: None,
        ours: replace(|| spellings(2_048)),
        goals: Goals { instructions: goals::HOSTILE_INSTRUCTIONS, ..Goals::default() },
        is_heavy: true,
    }
}

/// One of the worst messages that a broker takes, and the same with a second part of the headers.
fn megabyte_case(
    name: &'static str,
    instructions: &'static [Goal],
    headers: fn(part: u32) -> OwnedHeaders,
) -> Case {
    Case {
        group: GROUP,
        name,
        floor: Some(replace(move || headers(2))),
        by_hand: None,
        ours: replace(move || headers(1)),
        goals: Goals { instructions, ..Goals::default() },
        is_heavy: true,
    }
}

/// The headers are made when they are first needed: a process that counts another case does without.
fn replace(headers: impl Fn() -> OwnedHeaders + 'static) -> Work {
    let cx = Context::new().with_remote_span_context(span_context(true, TraceState::NONE));
    let ours = TraceContext::new();
    let mut old = None;
    work(move || {
        let mut headers = Some(black_box(old.get_or_insert_with(&headers)).clone());
        let result = ours.inject(&cx, &mut headers);
        (headers, result)
    })
}

fn spellings(count: u32) -> OwnedHeaders {
    mass(spelt(count, Some("x")), "x", Some("1"), 50_000)
}

/// A context header in so many letter cases.
fn spelt(count: u32, value: Option<&str>) -> OwnedHeaders {
    let name = |cases: u32| -> String {
        let spell = |(bit, letter): (u32, char)| {
            if cases >> bit & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
        };
        (0..).zip("traceparent".chars()).map(spell).collect()
    };
    (0..count).fold(OwnedHeaders::new(), |list, cases| list.insert(Header { key: &name(cases), value }))
}

/// So many headers of one name more.
fn mass(headers: OwnedHeaders, key: &str, value: Option<&str>, count: u32) -> OwnedHeaders {
    (0..count).fold(headers, |list, _| list.insert(Header { key, value }))
}

fn inject_popular() -> Work {
    let cx = Context::new().with_remote_span_context(span_context(true, TraceState::NONE));
    let propagator = TraceContextPropagator::new();
    work(move || {
        let mut headers = OwnedHeaders::new();
        propagator.inject_context(black_box(&cx), &mut Popular(&mut headers));
        headers
    })
}

/// The floor is one lookup by name.
fn extract_case(name: &'static str, headers: impl Fn() -> OwnedHeaders, goals: Goals) -> Case {
    let (looked_up, by_hand, ours) = (headers(), headers(), headers());
    Case {
        group: GROUP,
        name,
        floor: Some(work(move || look_up(black_box(&looked_up).as_borrowed()).map(<[u8]>::len))),
        by_hand: Some(work(move || {
            let headers = Read(black_box(&by_hand).as_borrowed());
            TraceContextPropagator::new().extract_with_context(&Context::new(), &headers)
        })),
        ours: work({
            let propagator = TraceContext::new();
            move || propagator.extract(black_box(&ours))
        }),
        goals,
        is_heavy: false,
    }
}

fn extract_to_context(headers: OwnedHeaders) -> Work {
    let ours = TraceContext::new();
    work(move || ours.extract_to_context(black_box(&headers)))
}
