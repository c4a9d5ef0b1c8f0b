//! The text of a `traceparent`, written and read.
//!
//! tracehop's codec is private, so these go through the public calls nearest to it, over carriers that do next to nothing:
//! a patch that is thrown away, and one header. Upstream has the same kind of carrier.

use std::hint::black_box;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracehop::{Carrier, MessagePropagator};

use crate::case::{Case, Goals, work};
use crate::goals;

pub(crate) const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The span that is written and read.
pub(crate) fn span_context(sampled: bool, state: TraceState) -> SpanContext {
    let flags = TraceFlags::NOT_SAMPLED.with_sampled(sampled);
    let (trace_id, span_id) = (0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128, 0xb7ad_6b71_6920_3331_u64);
    SpanContext::new(trace_id.into(), span_id.into(), flags, true, state)
}

/// tracehop's propagator, doing no more than upstream's does.
pub(crate) fn trace_context_only() -> MessagePropagator {
    MessagePropagator::builder().baggage(false).build()
}

pub(crate) fn cases() -> Vec<Case> {
    const GROUP: &str = "Codec, through the nearest public call";
    let span = span_context(true, TraceState::NONE);
    let cx = Context::new().with_remote_span_context(span.clone());
    vec![
        Case {
            group: GROUP,
            name: "encode traceparent (patch)",
            floor: Some(work(|| *black_box(TRACEPARENT.as_bytes().first_chunk::<55>().unwrap_or(&[0; 55])))),
            by_hand: work({
                let (propagator, cx) = (TraceContextPropagator::new(), cx.clone());
                move || propagator.inject_context(black_box(&cx), &mut Discard)
            }),
            ours: work({
                let propagator = trace_context_only();
                move || propagator.patch(black_box(&span), black_box(&cx))
            }),
            goals: Goals {
                time: Some(goals::ENCODE_TIME),
                allocations: Some(goals::ENCODE_ALLOCATIONS),
                instructions: Some(goals::ENCODE_INSTRUCTIONS),
                ..Goals::default()
            },
        },
        Case {
            group: GROUP,
            name: "decode + validate (extract of 1 header)",
            floor: Some(work(|| *black_box(TRACEPARENT.as_bytes().first_chunk::<55>().unwrap_or(&[0; 55])))),
            by_hand: work(|| {
                TraceContextPropagator::new()
                    .extract_with_context(&Context::new(), black_box(&OneHeader(TRACEPARENT)))
            }),
            ours: work({
                let propagator = trace_context_only();
                move || propagator.extract(black_box(&OneHeader(TRACEPARENT)))
            }),
            goals: Goals {
                time: Some(goals::DECODE_TIME),
                allocations: Some(goals::DECODE_ALLOCATIONS),
                instructions: Some(goals::DECODE_INSTRUCTIONS),
                ..Goals::default()
            },
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

impl Carrier for OneHeader {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        if name == "traceparent" {
            f(self.0.as_bytes());
        }
    }
}
