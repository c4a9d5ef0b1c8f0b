//! Budgets: how much of one message is read, and how much is written into one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use tracehop::{Budget, CreationContext, Format, MemoryHeaders, MessagePropagator, MessagingTracer, Problem};

use crate::mail::{TRACEPARENT, headers_of};

fn within(budget: Budget) -> MessagePropagator {
    MessagePropagator::builder().budget(budget).build()
}

#[test]
fn what_does_not_fit_is_left_out_in_the_order_of_what_matters_least() {
    let formats = [Format::TraceContext, Format::Baggage, Format::B3];
    let line = format!("{TRACEPARENT};tracestate=vendor=1;baggage=tenant=a");
    let cx = line.parse::<CreationContext>().unwrap().to_context();
    // Each row: the bytes that may be written, and the headers that are.
    for (bytes, expected) in [
        (0, &["traceparent"][..]),
        (66, &["traceparent"]),
        (83, &["traceparent"]),
        (84, &["traceparent", "tracestate"]),
        (136, &["traceparent", "tracestate"]),
        (137, &["traceparent", "tracestate", "b3"]),
        (151, &["traceparent", "tracestate", "b3"]),
        (152, &["traceparent", "tracestate", "baggage", "b3"]),
    ] {
        let propagator = MessagePropagator::builder()
            .write(formats)
            .budget(Budget::default().written_bytes(bytes))
            .build();
        let tracer = MessagingTracer::builder().propagator(propagator).build();
        let mut headers = MemoryHeaders::new();
        tracer.inject_context(&cx, &mut headers).unwrap();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected, "{bytes} bytes");
        assert_eq!(
            tracer.problem_count(Problem::ContextShed),
            u64::from(expected.len() < 4),
            "{bytes} bytes"
        );
    }
}

#[test]
fn the_w3cs_formats_at_their_largest_are_within_the_default() {
    let state: Vec<String> = (0..32).map(|i| format!("{i:0256}={}", "v".repeat(256))).collect();
    let line = format!("{TRACEPARENT};tracestate={};baggage=a={}", state.join(","), "x".repeat(8_190));
    let creation: CreationContext = line.parse().unwrap();
    let cx = creation.to_context();
    let tracer = MessagingTracer::builder().build();
    let mut headers = MemoryHeaders::new();
    tracer.inject_context(&cx, &mut headers).unwrap();
    assert_eq!((headers.len(), tracer.problem_count(Problem::ContextShed)), (3, 0));
    assert_eq!(tracer.extract(&headers).creation, creation);
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.unwrap().len()).sum();
    assert_eq!(bytes, 24_722);
}

#[test]
fn baggage_is_taken_in_up_to_so_many_members_and_bytes() {
    let headers = headers_of([("baggage", "a=1,b=22,c=333")]);
    for (budget, expected, dropped) in [
        (Budget::default(), "a=1,b=22,c=333", 0),
        (Budget::default().baggage_members(2), "a=1,b=22", 1),
        (Budget::default().baggage_members(0), "", 3),
        (Budget::default().baggage_bytes(8), "a=1,b=22", 1),
        (Budget::default().baggage_bytes(7), "a=1", 2),
        (Budget::default().baggage_members(1_000).baggage_bytes(1_000_000), "a=1,b=22,c=333", 0),
    ] {
        let extracted = within(budget).extract(&headers);
        let expected = if expected.is_empty() { String::new() } else { format!(";baggage={expected}") };
        assert_eq!(extracted.creation.to_string(), expected, "{budget:?}");
        assert_eq!(extracted.problems.dropped_baggage(), dropped, "{budget:?}");
    }
    let many: Vec<String> = (0..65).map(|i| format!("a{i}=1")).collect();
    let budget = Budget::default().baggage_members(1_000);
    let extracted = within(budget).extract(&headers_of([("baggage", many.join(",").as_str())]));
    assert_eq!(extracted.creation.baggage().len(), 64, "no more than the wire may carry on");
}

#[test]
fn of_each_header_so_many_values_are_looked_at_and_one_does_not_hide_another() {
    let other = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
    let mut headers: MemoryHeaders = (0..1_024).map(|_| ("traceparent", Some(TRACEPARENT))).collect();
    for (extra, expected, is_skipped) in [(0, TRACEPARENT, false), (1, TRACEPARENT, true)] {
        for _ in 0..extra {
            headers.push("traceparent", Some(other));
        }
        let extracted = MessagePropagator::default().extract(&headers);
        assert_eq!(extracted.creation.to_string(), expected);
        assert_eq!(extracted.problems.contains(Problem::ValuesSkipped), is_skipped);
    }
    let mut headers: MemoryHeaders = (0..5_000).map(|_| ("baggage", Some("a=1"))).collect();
    headers.push("traceparent", Some(TRACEPARENT));
    let extracted = MessagePropagator::default().extract(&headers);
    assert!(extracted.creation.is_valid() && extracted.problems.contains(Problem::ValuesSkipped));
    let extracted = within(Budget::default().values(1)).extract(&headers_of([
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("traceparent", TRACEPARENT),
    ]));
    assert_eq!(extracted.creation.to_string(), format!("{TRACEPARENT};tracestate=a=1"));
}

#[test]
fn the_hook_is_called_so_often_in_a_second_and_every_problem_is_counted() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let tracer = MessagingTracer::builder()
        .problems_per_second(3)
        .on_problem(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    for _ in 0..10_000 {
        tracer.extract(&headers_of([("traceparent", "garbage")]));
    }
    let (calls, unreported) = (calls.load(Ordering::Relaxed), tracer.unreported_problems());
    assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), 10_000);
    assert_eq!(calls + unreported, 10_000);
    // The loop may take more than one second on a busy machine, but not a thousand.
    assert!((3..3_000).contains(&calls), "{calls}");
}

#[test]
fn a_hook_that_panics_stops_no_message() {
    let tracer = MessagingTracer::builder().on_problem(|_| panic!("the log is full")).build();
    let extracted = tracer.extract(&headers_of([("traceparent", TRACEPARENT), ("baggage", "=")]));
    assert!(extracted.creation.is_valid());
    assert_eq!(tracer.unreported_problems(), 1);
}

#[test]
fn what_a_stranger_sends_in_a_message_bounds_what_goes_out_with_the_next() {
    let budget = Budget::default().baggage_bytes(100).written_bytes(200);
    let propagator = within(budget);
    let big = format!("a={},b=1", "x".repeat(8_000));
    let creation =
        propagator.extract(&headers_of([("traceparent", TRACEPARENT), ("baggage", &big)])).creation;
    let cx = creation.to_context();
    let current = Context::new().with_baggage([KeyValue::new("own", "y".repeat(500))]);
    for cx in [cx, current] {
        let mut headers = MemoryHeaders::new();
        let tracer = MessagingTracer::builder().propagator(propagator.clone()).build();
        tracer.inject_context(&cx, &mut headers).unwrap();
        let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.unwrap().len()).sum();
        assert!(bytes <= 200, "{bytes}");
    }
}

#[test]
fn the_baggage_of_other_formats_has_the_same_budget() {
    let budget = Budget::default().baggage_members(1).baggage_bytes(10);
    let propagator = MessagePropagator::builder().read([Format::Jaeger]).budget(budget).build();
    let headers: MemoryHeaders = (0..60).map(|i| (format!("uberctx-{i:02}"), Some("x"))).collect();
    let extracted = propagator.extract(&headers);
    assert_eq!((extracted.creation.baggage().len(), extracted.problems.dropped_baggage()), (1, 59));
}

#[test]
fn a_filter_that_panics_holds_the_member_back_and_stops_no_message() {
    let in_filter = MessagePropagator::builder().baggage_in(|key| &key[..4] == "role").build();
    let extracted = in_filter.extract(&headers_of([("baggage", "a=1,role=admin")]));
    assert_eq!(extracted.creation.to_string(), ";baggage=role=admin");
    let out_filter = MessagePropagator::builder().baggage_out(|key| &key[..4] == "role").build();
    let tracer = MessagingTracer::builder().propagator(out_filter).build();
    let members = ["a", "role"].map(|key| KeyValue::new(key, "1"));
    let mut headers = MemoryHeaders::new();
    tracer.inject_context(&Context::new().with_baggage(members), &mut headers).unwrap();
    assert_eq!(headers, headers_of([("baggage", "role=1")]));
}

#[test]
fn the_state_of_an_origin_is_left_out_where_nothing_else_is_written() {
    let state: Vec<String> = (0..30).map(|i| format!("k{i:02}={}", "v".repeat(200))).collect();
    let creation: CreationContext = format!("{TRACEPARENT};tracestate={}", state.join(",")).parse().unwrap();
    for formats in [&[Format::CloudEvents][..], &[Format::CloudEvents, Format::B3]] {
        let propagator = MessagePropagator::builder()
            .write(formats.iter().copied())
            .budget(Budget::default().written_bytes(200))
            .build();
        let tracer = MessagingTracer::builder().propagator(propagator).build();
        let mut headers = MemoryHeaders::new();
        tracer.inject_context(&creation.to_context(), &mut headers).unwrap();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ce-traceparent"], "{formats:?}");
        assert_eq!(tracer.problem_count(Problem::ContextShed), 1);
    }
}
