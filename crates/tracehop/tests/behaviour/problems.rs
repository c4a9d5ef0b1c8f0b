//! What was wrong on the wire: told with the message, counted, and given to a hook.

use std::sync::mpsc;

use opentelemetry_sdk::trace::SpanData;
use tracehop::{MemoryHeaders, MessagingTracer, Problem};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Post, TRACEPARENT, headers_of, letter, span};

const ALL: [Problem; 6] = [
    Problem::MalformedTraceparent,
    Problem::RepeatedTraceparent,
    Problem::MalformedTracestate,
    Problem::BaggageDropped,
    Problem::HeaderRefused,
    Problem::UnknownPropagator,
];

fn counts(tracer: &MessagingTracer) -> Vec<(Problem, u64)> {
    ALL.map(|problem| (problem, tracer.problem_count(problem)))
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn problems_are_told_with_the_message_and_counted_once_for_each() {
    let tracer = MessagingTracer::global();
    let post = Post::new(&tracer);
    let bad = letter([("traceparent", "garbage"), ("traceparent", "00-bad"), ("baggage", "a=1,b,=c")]);
    let order = post.receive(bad);
    let problems = order.problems();
    assert_eq!(
        problems.iter().collect::<Vec<_>>(),
        [Problem::MalformedTraceparent, Problem::RepeatedTraceparent, Problem::BaggageDropped]
    );
    assert_eq!(problems.dropped_baggage(), 2);
    order.process_blocking(|| ());
    order.process_blocking(|| ());
    let expected =
        [(Problem::MalformedTraceparent, 1), (Problem::RepeatedTraceparent, 1), (Problem::BaggageDropped, 1)];
    assert_eq!(counts(&tracer), expected);

    let _ = tracer.extract(&headers_of([("traceparent", TRACEPARENT), ("tracestate", "bad")]));
    let _ = tracer.extract(&headers_of([("traceparent", "garbage")]));
    assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), 2);
    assert_eq!(tracer.problem_count(Problem::MalformedTracestate), 1);
}

#[test]
fn sound_messages_have_no_problems() {
    let tracer = MessagingTracer::global();
    let post = Post::new(&tracer);
    for headers in [
        headers_of([]),
        headers_of([("traceparent", TRACEPARENT), ("tracestate", "vendor=1"), ("baggage", "a=1")]),
        headers_of([("traceparent", ""), ("tracestate", ""), ("baggage", "")]),
        MemoryHeaders::from_iter([("traceparent", None::<&str>)]),
    ] {
        let order = post.receive(Letter { topic: "orders", headers, sent_at: None });
        assert!(order.problems().is_empty(), "{:?}", order.problems());
        order.process_blocking(|| drop(post.send("shipments")));
    }
    assert_eq!(counts(&tracer), []);
}

#[test]
fn the_hook_is_called_for_each_problem_of_each_message() {
    let (told, hears) = mpsc::channel();
    let tracer = MessagingTracer::builder().on_problem(move |problem| told.send(problem).unwrap()).build();
    let post = Post::new(&tracer);
    post.receive(letter([("traceparent", "garbage"), ("baggage", "b")]));
    post.receive(letter([("traceparent", TRACEPARENT)]));
    post.receive(letter([("traceparent", "garbage")]));
    assert_eq!(
        hears.try_iter().collect::<Vec<_>>(),
        [Problem::MalformedTraceparent, Problem::BaggageDropped, Problem::MalformedTraceparent]
    );
}

#[test]
fn baggage_that_cannot_be_sent_is_counted() {
    use opentelemetry::baggage::{BaggageExt, BaggageMetadata, KeyValueMetadata};
    let tracer = MessagingTracer::global();
    let comma = KeyValueMetadata::new("a", "1", BaggageMetadata::from("p=1,b=2"));
    let _active = opentelemetry::Context::new().with_baggage([comma]).attach();
    let sent = Post::new(&tracer).send("orders");
    assert_eq!(sent.headers, headers_of([]));
    assert_eq!(counts(&tracer), [(Problem::BaggageDropped, 1)]);
}

#[test]
fn clones_of_a_tracer_share_their_counts_and_tracers_do_not() {
    let (tracer, other) = (MessagingTracer::global(), MessagingTracer::global());
    let _ = tracer.clone().extract(&headers_of([("traceparent", "garbage")]));
    assert_eq!(tracer.problem_count(Problem::MalformedTraceparent), 1);
    assert_eq!(counts(&other), []);
}

#[test]
fn problems_say_what_they_are() {
    let words = ALL.map(|problem| problem.to_string());
    assert_eq!(
        words,
        [
            "malformed traceparent",
            "repeated traceparent",
            "malformed tracestate",
            "baggage dropped",
            "header refused by the transport",
            "unknown propagator in OTEL_PROPAGATORS"
        ]
    );
}

/// `tracehop.message.problems` of a span, and of each of its links.
fn said(span: &SpanData) -> (Option<String>, Vec<Option<String>>) {
    let of = |attributes: &[opentelemetry::KeyValue]| {
        let found = attributes.iter().find(|it| it.key.as_str() == "tracehop.message.problems");
        found.map(|attribute| attribute.value.to_string())
    };
    (of(&span.attributes), span.links.iter().map(|link| of(&link.attributes)).collect())
}

const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";

#[test]
fn the_spans_of_getting_and_handling_a_message_say_what_was_wrong_with_its_headers() {
    for (headers, expected) in [
        (headers_of([]), None),
        (headers_of([("traceparent", TRACEPARENT), ("baggage", "a=1")]), None),
        (headers_of([("traceparent", &format!("\"{TRACEPARENT}\""))]), None),
        (headers_of([("traceparent", "garbage")]), Some(r#"["malformed_traceparent"]"#)),
        (
            headers_of([("traceparent", OTHER), ("traceparent", TRACEPARENT), ("baggage", "b")]),
            Some(r#"["repeated_traceparent","baggage_dropped"]"#),
        ),
    ] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).build());
        let clock = post.client.start_receive();
        let letter = Letter { topic: "orders", headers, sent_at: None };
        post.client.received_since(letter, clock).process_blocking(|| ());
        for name in ["fetch orders", "process orders"] {
            assert_eq!(said(&span(&spans, name)).0.as_deref(), expected, "{name}");
        }
    }
}

#[test]
fn of_a_batch_the_link_to_a_message_says_what_was_wrong_with_its_headers() {
    let repeated = || letter([("traceparent", OTHER), ("traceparent", TRACEPARENT)]);
    let of_batch = |letters: Vec<Letter>| {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer());
        let batch: Vec<_> = letters.into_iter().map(|letter| post.receive(letter)).collect();
        post.client.process_batch(&batch).finish(&());
        said(&span(&spans, "process orders"))
    };
    let expected = Some(r#"["repeated_traceparent"]"#.to_owned());
    let sound = letter([("traceparent", OTHER)]);
    assert_eq!(of_batch(vec![sound, repeated()]), (None, vec![None, expected.clone()]));
    assert_eq!(of_batch(vec![repeated(), repeated()]), (expected, vec![None]), "all have the same");
}
