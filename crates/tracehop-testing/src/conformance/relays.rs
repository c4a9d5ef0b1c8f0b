//! What relays leave behind, over every carrier.

use opentelemetry::trace::SpanId;
use tracehop::{CreationContext, MessagePropagator, MessagingTracer};

use super::carrier_under_test::CarrierUnderTest;
use super::shared::{apply, build, comparable, dump, foreign, full_context, full_headers, patch};
use crate::Header;
use crate::vectors::TRACE_ID;

/// Under whatever name the transport delivers `traceparent`: when the message gets another context, that one is gone.
///
/// # Panics
///
/// Panics if the context is not found under such a name, if two contexts stand on the message afterwards, or if another header is
/// lost, changed or out of order.
#[track_caller]
pub fn aliases<C: CarrierUnderTest>() {
    let tracer = MessagingTracer::builder().propagator(MessagePropagator::default()).build();
    let foreign = foreign::<C>();
    for alias in build::<C>(&[]).transport().aliases {
        for spelling in [(*alias).to_owned(), alias.to_lowercase(), alias.to_uppercase()] {
            let stale = format!("00-{TRACE_ID}-{:016x}-01", 7).into_bytes();
            let stale = (spelling.into_bytes(), Some(stale));
            let mut carrier = build::<C>(&[foreign.clone(), vec![stale]].concat());
            let read = MessagePropagator::default().extract(&carrier).creation;
            assert_eq!(read.span_id(), SpanId::from(7), "the context under {alias}");
            let written = tracer.inject_context(&full_context(1), &mut carrier);
            assert_eq!(written, Ok(()), "over {alias}");
            assert_eq!(dump(&carrier), comparable::<C>([foreign.clone(), full_headers(1)].concat()));
        }
    }
}

/// Ten times round between a relay that copies headers and appends its own, and one that replaces them: what belongs to the
/// context does not grow, and is not lost.
///
/// # Panics
///
/// Panics if after some round the context is not that of the last hop with all of its own, and with no more.
#[track_caller]
pub fn retry_loop<C: CarrierUnderTest>() {
    if !C::REPEATS {
        println!("a message that cannot repeat a name goes through no such relay");
        return;
    }
    let members: Vec<String> = (0..17).map(|i| format!("member{i:02}={i}")).collect();
    let (tracestate, baggage) = (members.join(","), "tenant=a,user=b");
    let context = |span_id: u64| {
        format!("00-{TRACE_ID}-{span_id:016x}-01;tracestate={tracestate};baggage={baggage}")
            .parse::<CreationContext>()
            .expect("it is well-formed")
    };
    let mut headers: Vec<Header> = Vec::new();
    for round in 1..=10 {
        for (span_id, appends) in [(2 * round, false), (2 * round + 1, true)] {
            let creation = context(span_id);
            if appends {
                let own = [
                    ("traceparent", format!("00-{TRACE_ID}-{span_id:016x}-01")),
                    ("tracestate", tracestate.clone()),
                    ("baggage", baggage.to_owned()),
                ];
                headers.extend(own.map(|(name, value)| (name.into(), Some(value.into_bytes()))));
            } else {
                let mut carrier = build::<C>(&headers);
                apply(&mut carrier, &patch(&creation.to_context()));
                headers = carrier.dump();
                assert_eq!(headers.len(), 3, "headers after round {round}");
            }
            let read = MessagePropagator::default().extract(&build::<C>(&headers)).creation;
            assert_eq!(read, creation, "round {round}");
        }
    }
}
