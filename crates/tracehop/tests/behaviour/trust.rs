//! Trust: how much of a message's context a source may decide.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::Sampler;
use tracehop::{Correlation, CreationContext, MemoryHeaders, MessagingTracer, Problem, Received, Trust};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Mail, Post, TRACE_ID, current_baggage, letter, orders, value};

pub(crate) const SPAN: &str = "b7ad6b7169203331";

/// A client of one's own, and one whose messages come from somebody who is trusted so far.
pub(crate) fn two(trust: Trust) -> (SpanRecorder, Post, Post) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    (spans, Post::new(&tracer), Post::new(&tracer.with_trust(trust)))
}

pub(crate) fn foreign() -> Letter {
    letter([
        ("traceparent", &format!("00-{TRACE_ID}-{SPAN}-01") as &str),
        ("tracestate", "vendor=1"),
        ("baggage", "role=admin"),
        ("x-tenant", "a"),
    ])
}

pub(crate) fn names(headers: &MemoryHeaders) -> Vec<&str> {
    headers.iter().map(|(name, _)| name).collect()
}

#[test]
fn a_message_of_a_source_that_is_not_trusted_starts_a_trace() {
    for (trust, tree) in [
        (
            Trust::Full,
            "(remote)\n└ process orders     CONSUMER  links: (remote)\n  └ send shipments   PRODUCER",
        ),
        (Trust::LinkOnly, "process orders     CONSUMER  links: (remote)\n└ send shipments   PRODUCER"),
        (Trust::Ignore, "process orders     CONSUMER\n└ send shipments   PRODUCER"),
    ] {
        let (spans, ours, theirs) = two(trust);
        let order = theirs.receive(foreign());
        order.process_blocking(|| {
            let baggage: &[&str] = if trust == Trust::Full { &["role=admin"] } else { &[] };
            assert_eq!(current_baggage(), baggage, "{trust}");
            let sent = ours.send("shipments");
            let is_taken = value(&sent.headers, "traceparent").unwrap().contains(TRACE_ID);
            assert_eq!(is_taken, trust == Trust::Full, "{trust}");
            assert_eq!(value(&sent.headers, "tracestate").is_some(), trust == Trust::Full, "{trust}");
            assert_eq!(value(&sent.headers, "baggage").is_some(), trust == Trust::Full, "{trust}");
        });
        spans.assert_tree(tree);
    }
}

#[test]
fn within_a_span_of_ones_own_it_is_that_spans_child() {
    for (trust, links) in [(Trust::LinkOnly, "links: (remote)"), (Trust::Ignore, "")] {
        let (spans, _, theirs) = two(trust);
        let cx = crate::mail::application_span(&spans, "loop");
        let guard = cx.attach();
        theirs.receive(foreign()).process_blocking(|| ());
        drop(guard);
        spans.assert_tree(format!("loop  INTERNAL\n└ process orders  CONSUMER  {links}").trim_end());
    }
}

#[test]
fn a_stranger_does_not_decide_what_is_recorded() {
    let recorded = |trust| {
        let spans = SpanRecorder::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
        let post = Post::new(&spans.messaging_tracer_builder().trust(trust).build());
        for _ in 0..1_000 {
            post.receive(foreign()).process_blocking(|| ());
        }
        spans.finished().len()
    };
    assert_eq!([Trust::Full, Trust::LinkOnly, Trust::Ignore].map(recorded), [1_000, 0, 0]);
}

#[test]
fn a_stranger_does_not_decide_what_is_not_recorded() {
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().trust_unsampled(true).trust(trust).build());
        let unsampled = letter([("traceparent", &format!("00-{TRACE_ID}-{SPAN}-00") as &str)]);
        post.receive(unsampled).process_blocking(|| ());
        assert_eq!(spans.finished().len(), 1, "{trust}");
    }
}

#[test]
fn copied_headers_of_a_stranger_carry_nothing_of_theirs_wherever_they_are_sent() {
    let expected = ["x-tenant", "traceparent"];
    let check = |sent: &Letter, when: &str, trust| {
        assert_eq!(names(&sent.headers), expected, "{when}, {trust}");
        assert!(!value(&sent.headers, "traceparent").unwrap().contains(TRACE_ID), "{when}, {trust}");
    };
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        for correlation in [Correlation::Continue, Correlation::Nest, Correlation::Link] {
            let spans = SpanRecorder::new();
            let tracer = spans.messaging_tracer_builder().correlation(correlation).build();
            let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(trust)));
            let order = theirs.receive(foreign());
            check(&ours.send_with("early", order.headers.clone()), "before the handler", trust);
            order.process_blocking(|| {
                check(&ours.send_with("during", order.headers.clone()), "in the handler", trust);
            });
            check(&ours.send_with("late", order.headers.clone()), "after the handler", trust);
            order.follow_up_blocking(|| {
                check(&ours.send_with("follow", order.headers.clone()), "in a follow-up", trust);
                assert_eq!(current_baggage(), [""; 0]);
            });
        }
    }
}

#[test]
fn what_is_sent_after_the_handler_still_belongs_to_its_span() {
    let (spans, ours, theirs) = two(Trust::LinkOnly);
    let order = theirs.receive(foreign());
    order.process_blocking(|| ());
    ours.send_with("retry", order.headers.clone());
    spans.assert_tree("process orders  CONSUMER  links: (remote)\n└ send retry    PRODUCER");
}

#[test]
fn without_an_sdk_nothing_of_a_stranger_passes_through_the_handler() {
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        let tracer = MessagingTracer::builder()
            .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
            .build();
        let (ours, theirs) = (Post::new(&tracer), Post::new(&tracer.with_trust(trust)));
        let order: Received<Letter, Mail> = theirs.receive(foreign());
        let handle = || {
            assert!(!Context::current().has_active_span() && current_baggage().is_empty(), "{trust}");
            assert_eq!(names(&ours.send("shipments").headers), [""; 0], "{trust}");
        };
        order.process_blocking(handle);
        order.follow_up_blocking(handle);
    }
}

#[test]
fn a_settlement_alone_is_no_part_of_a_strangers_trace() {
    for (trust, count) in [(Trust::Full, 1), (Trust::LinkOnly, 0), (Trust::Ignore, 0)] {
        let (spans, _, theirs) = two(trust);
        let order = theirs.receive(foreign());
        theirs.client.settle_received("ack", &orders(), &order).end();
        let creation = || format!("00-{TRACE_ID}-{SPAN}-01").parse::<CreationContext>().unwrap();
        theirs.client.settle("ack", &orders(), creation).end();
        assert_eq!(spans.finished().len(), 2 * count, "{trust}");
    }
}

#[test]
fn problems_of_a_stranger_are_counted_unless_nothing_is_read() {
    for (trust, count) in [(Trust::Full, 1), (Trust::LinkOnly, 1), (Trust::Ignore, 0)] {
        let tracer = MessagingTracer::builder().trust(trust).build();
        let extracted = tracer.extract(&letter([("traceparent", "garbage")]).headers);
        assert_eq!(extracted.problems.contains(Problem::MalformedTraceparent), count == 1, "{trust}");
        assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), count, "{trust}");
    }
}

#[test]
fn a_boundary_that_strips_lets_no_context_out_and_still_has_spans() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let (ours, outside) = (Post::new(&tracer), Post::new(&tracer.with_strip(true)));
    let every_format = || {
        let mut all = foreign().headers;
        for name in [
            "b3",
            "X-B3-TraceId",
            "x-b3-parentspanid",
            "uber-trace-id",
            "uberctx-user",
            "x-amzn-trace-id",
            "x-datadog-trace-id",
            "x-datadog-tags",
            "elasticapmtraceparent",
            "ce_traceparent",
            "ce-tracestate",
            "cloudEvents:traceparent",
            "cloudEvents_tracestate",
        ] {
            all.push(name, Some("1"));
        }
        all
    };
    let order = ours.receive(Letter { headers: every_format(), ..foreign() });
    order.process_blocking(|| {
        assert_eq!(names(&outside.send_with("partners", order.headers.clone()).headers), ["x-tenant"]);
        assert_eq!(names(&outside.send("partners").headers), [""; 0]);
    });
    // A context that the user put there does not cross it either.
    assert_eq!(names(&outside.send_with("partners", foreign().headers).headers), ["x-tenant"]);
    assert_eq!(spans.finished().iter().filter(|span| span.name == "send partners").count(), 3);
}

#[test]
fn a_boundary_strips_also_without_an_sdk() {
    let post = Post::new(&MessagingTracer::builder().strip(true).build());
    assert_eq!(names(&post.send_with("partners", foreign().headers).headers), ["x-tenant"]);
}

#[test]
fn a_tracer_for_another_source_shares_everything_else() {
    let tracer = MessagingTracer::builder().build();
    let other = tracer.with_trust(Trust::LinkOnly).with_strip(true);
    other.extract(&letter([("traceparent", "garbage")]).headers);
    assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), 1);
    assert_eq!((other.trust(), other.strips()), (Trust::LinkOnly, true));
    assert_eq!((tracer.trust(), tracer.strips()), (Trust::Full, false));
}
