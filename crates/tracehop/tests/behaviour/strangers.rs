//! Strangers, sources that are not trusted: how their messages are known again, whatever they leave out or add.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use tracehop::{
    Budget, Existing, Format, MemoryHeaders, MessagePropagator, MessagingTracer, Trust, process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Post, TRACE_ID, current_baggage, headers_of, letter, value};
use crate::trust::{SPAN, foreign, names, two};

/// What a stranger may leave out or add so as not to be known as one.
#[test]
fn a_stranger_is_known_by_all_that_the_message_carries() {
    let parent = format!("00-{TRACE_ID}-{SPAN}-01");
    let formats = [Format::TraceContext, Format::Baggage, Format::Jaeger, Format::B3];
    for headers in [
        &[("baggage", "role=admin")][..],
        &[("traceparent", "garbage"), ("baggage", "role=admin")],
        &[("X-Parent", &parent), ("baggage", "role=admin")],
        &[("Traceparent", &parent), ("Tracestate", "evil=1"), ("Baggage", "role=admin")],
        &[("uberctx-role", "admin")],
        &[("uber-trace-id", &format!("{TRACE_ID}:{SPAN}:0:1")), ("uberctx-role", "admin")],
        &[("b3", &parent[3..]), ("baggage", "role=admin")],
    ] {
        for trust in [Trust::LinkOnly, Trust::Ignore] {
            let spans = SpanRecorder::new();
            let propagator = MessagePropagator::builder().read(formats).alias("x-parent").build();
            let tracer = spans.messaging_tracer_builder().propagator(propagator).build();
            let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(trust)));
            let order = theirs.receive(Letter {
                headers: headers.iter().map(|(name, value)| (*name, Some(*value))).collect(),
                ..letter([])
            });
            let own = Context::new().with_baggage([opentelemetry::KeyValue::new("own", "1")]);
            let check = |when: &str| {
                let sent = ours.send_with("copy", order.headers.clone()).headers;
                assert_eq!(names(&sent), ["traceparent"], "{headers:?}, {trust}, {when}");
                assert!(
                    !value(&sent, "traceparent").unwrap().contains(TRACE_ID),
                    "{headers:?}, {trust}, {when}"
                );
                let _active = own.clone().attach();
                let sent = ours.send_with("copy", order.headers.clone()).headers;
                assert_eq!(value(&sent, "baggage").as_deref(), Some("own=1"), "{headers:?}, {trust}, {when}");
            };
            check("before the handler");
            order.process_blocking(|| check("in the handler"));
            check("after the handler");
            let batch = [order.clone()];
            futures::FutureExt::now_or_never(process_batch(&batch, async { check("in a batch") })).unwrap();
            check("after the batch");
        }
    }
}

#[test]
fn a_stranger_who_sends_our_ids_back_takes_nothing_and_changes_nothing_of_ours() {
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        let (_spans, ours, theirs) = two(trust);
        let parent = format!("00-{TRACE_ID}-{SPAN}-01");
        let row = headers_of([("traceparent", &parent), ("baggage", "tenant=a")]);
        // A row of an outbox goes out with its own context.
        assert_eq!(ours.send_with("orders", row.clone()).headers, row, "{trust}");
        let evil =
            letter([("traceparent", &parent as &str), ("tracestate", "evil=1"), ("baggage", "role=admin")]);
        let order = theirs.receive(evil.clone());
        let check = |when: &str| {
            let sent = ours.send_with("copy", evil.headers.clone()).headers;
            assert_eq!(names(&sent), ["traceparent"], "{trust}, {when}");
            assert_ne!(value(&sent, "traceparent").as_deref(), Some(parent.as_str()), "{trust}, {when}");
            assert_eq!(
                ours.send_with("orders", row.clone()).headers,
                row,
                "{trust}, {when}: the row is ours"
            );
        };
        check("before the handler");
        order.process_blocking(|| check("in the handler"));
        check("after the handler");
    }
}

#[test]
fn a_message_of_ones_own_with_a_strangers_ids_is_still_ones_own() {
    let (_spans, ours, theirs) = two(Trust::LinkOnly);
    let parent = format!("00-{TRACE_ID}-{SPAN}-01");
    let own = letter([("traceparent", &parent as &str), ("baggage", "tenant=a")]);
    let evil = letter([("traceparent", &parent as &str), ("baggage", "role=admin")]);
    let (own, evil) = (ours.receive(own), theirs.receive(evil));
    own.process_blocking(|| ());
    evil.process_blocking(|| ());
    let sent = ours.send_with("retry", own.headers.clone()).headers;
    assert_eq!(value(&sent, "baggage").as_deref(), Some("tenant=a"));
    assert!(value(&sent, "traceparent").unwrap().contains(TRACE_ID));
    let sent = ours.send_with("retry", evil.headers.clone()).headers;
    assert_eq!(value(&sent, "baggage"), None);
    assert!(!value(&sent, "traceparent").unwrap().contains(TRACE_ID));
}

#[test]
fn without_an_sdk_a_copy_of_a_strangers_headers_carries_nothing_of_theirs() {
    let tracer = MessagingTracer::builder()
        .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
        .build();
    let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(Trust::Ignore)));
    let order = theirs.receive(foreign());
    let check = || assert_eq!(names(&ours.send_with("copy", order.headers.clone()).headers), ["x-tenant"]);
    check();
    order.process_blocking(check);
    check();
}

#[test]
fn what_cannot_be_read_of_a_strangers_baggage_does_not_go_out_either() {
    let long = format!("role={}", "x".repeat(9_000));
    for (budget, baggage) in [
        (Budget::default(), long.as_str()),
        (Budget::default(), "admin"),
        (Budget::default().baggage_bytes(10), "role=administrator"),
        (Budget::default().baggage_members(0), "role=admin"),
        (Budget::default().values(0), "role=admin"),
    ] {
        for parent in ["", "garbage"] {
            let spans = SpanRecorder::new();
            let propagator = MessagePropagator::builder().budget(budget).build();
            let tracer = spans.messaging_tracer_builder().propagator(propagator).build();
            let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(Trust::Ignore)));
            let order = theirs.receive(letter([("traceparent", parent), ("baggage", baggage)]));
            let check = |when: &str| {
                let sent = ours.send_with("copy", order.headers.clone()).headers;
                assert_eq!(names(&sent), ["traceparent"], "{baggage:.20}, {parent:?}, {when}");
            };
            check("before the handler");
            order.process_blocking(|| check("in the handler"));
            check("after the handler");
        }
    }
}

#[test]
fn an_echo_of_our_own_message_takes_nothing_from_it() {
    let parent = format!("00-{TRACE_ID}-{SPAN}-01");
    // A row of an outbox, and a message that is sent again after its handler: with no more than ids, and, if somebody was not
    // trusted before, with anything.
    for (headers, is_warned) in [
        (&[("traceparent", parent.as_str())][..], false),
        (&[("traceparent", parent.as_str()), ("tracestate", "v=1"), ("baggage", "tenant=a")], true),
    ] {
        let headers: MemoryHeaders = headers.iter().map(|(name, value)| (*name, Some(*value))).collect();
        let copy = || Letter { headers: headers.clone(), ..letter([]) };
        let (_spans, ours, theirs) = two(Trust::LinkOnly);
        if is_warned {
            theirs.receive(letter([("baggage", "x=1")]));
        }
        assert_eq!(ours.send_with("orders", headers.clone()).headers, headers);
        theirs.receive(copy()).process_blocking(|| ());
        assert_eq!(ours.send_with("orders", headers.clone()).headers, headers, "a row");

        let (spans, ours, theirs) = two(Trust::LinkOnly);
        if is_warned {
            theirs.receive(letter([("baggage", "x=1")]));
        }
        let order = ours.receive(copy());
        order.process_blocking(|| ());
        theirs.receive(copy());
        ours.send_with("retry", order.headers.clone());
        spans.assert_tree(
            "
            (remote)
            └ process orders     CONSUMER  links: (remote)
              └ send retry       PRODUCER
            ",
        );
    }
}

#[test]
fn a_part_of_a_strangers_headers_is_theirs_as_well() {
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        let (_spans, ours, theirs) = two(trust);
        let order = theirs.receive(foreign());
        let parent = value(&order.headers, "traceparent").unwrap();
        for part in [
            headers_of([("traceparent", &parent as &str)]),
            headers_of([("traceparent", &parent), ("tracestate", "vendor=1")]),
            headers_of([("traceparent", &parent), ("baggage", "tenant=a")]),
        ] {
            let sent = ours.send_with("copy", part).headers;
            assert_eq!(names(&sent), ["traceparent"], "{trust}");
            assert!(!value(&sent, "traceparent").unwrap().contains(TRACE_ID), "{trust}");
        }
    }
}

#[test]
fn a_stranger_changes_nothing_for_messages_of_ones_own() {
    let spans = SpanRecorder::new();
    for existing in [Existing::Auto, Existing::Keep, Existing::Replace] {
        let tracer = spans.messaging_tracer_builder().existing(existing).build();
        let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(Trust::Ignore)));
        theirs.receive(foreign());
        for post in [&ours, &theirs] {
            post.receive(letter([])).process_blocking(|| {
                assert_eq!(names(&ours.send("x").headers), ["traceparent"], "{existing:?}");
                let sent = ours.send_with("x", headers_of([("baggage", "bad"), ("x-tenant", "a")])).headers;
                assert_eq!(value(&sent, "baggage").as_deref(), Some("bad"), "{existing:?}");
            });
        }
        // Its ids came from a stranger first.
        let order = ours.receive(foreign());
        order.process_blocking(|| assert_eq!(current_baggage(), ["role=admin"]));
    }
}
