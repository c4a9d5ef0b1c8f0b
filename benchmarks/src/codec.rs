//! The text of a `traceparent`, written and read.
//!
//! tracehop's codec is private, so these go through the public calls nearest to it, over carriers that do next to nothing:
//! a patch that is thrown away, and one header. Upstream has the same kind of carrier.

use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::case::{Case, Goals, work};
use crate::goals;
use crate::ours::TraceContext;
use crate::traceparent::{TRACEPARENT, span_context};

pub(crate) fn cases() -> Vec<Case> {
    const GROUP: &str = "Codec, through the nearest public call";
    let span = span_context(true, TraceState::NONE);
    let cx = Context::new().with_remote_span_context(span.clone());
    vec![
        Case {
            group: GROUP,
            name: "encode traceparent (patch)",
            floor: Some(work(|| *black_box(TRACEPARENT.as_bytes().first_chunk::<55>().unwrap_or(&[0; 55])))),
            by_hand: Some(work({
                let (propagator, cx) = (TraceContextPropagator::new(), cx.clone());
                move || propagator.inject_context(black_box(&cx), &mut Discard)
            })),
            ours: work({
                let ours = TraceContext::new();
                move || ours.patch(black_box(&span), black_box(&cx))
            }),
            goals: Goals {
                time: Some(goals::ENCODE_TIME),
                allocations: Some(goals::ENCODE_ALLOCATIONS),
                instructions: goals::ENCODE_INSTRUCTIONS,
                ..Goals::default()
            },
            is_heavy: false,
        },
        Case {
            group: GROUP,
            name: "decode + validate (extract of 1 header)",
            floor: Some(work(|| *black_box(TRACEPARENT.as_bytes().first_chunk::<55>().unwrap_or(&[0; 55])))),
            by_hand: Some(work(|| {
                TraceContextPropagator::new()
                    .extract_with_context(&Context::new(), black_box(&OneHeader(TRACEPARENT)))
            })),
            ours: work({
                let ours = TraceContext::new();
                move || ours.extract_of_one(black_box(TRACEPARENT))
            }),
            goals: Goals {
                time: Some(goals::DECODE_TIME),
                allocations: Some(goals::DECODE_ALLOCATIONS),
                instructions: goals::DECODE_INSTRUCTIONS,
                ..Goals::default()
            },
            is_heavy: false,
        },
    ]
}

/// Takes headers and forgets them.
struct Discard;

impl Injector for Discard {
    fn set(&mut self, key: &str, value: String) {
        black_box((key, value));
    }
}

/// A `traceparent` and nothing else.
struct OneHeader(&'static str);

impl Extractor for OneHeader {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
