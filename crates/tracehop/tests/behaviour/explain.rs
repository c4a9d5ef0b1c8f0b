//! Reports: what was found in a message's headers, header by header, and that they say what is really done.

use proptest::prelude::*;
use tracehop::{
    CreationContext, Format, HeaderOutcome, MemoryHeaders, MessagePropagator, MessagingTracer, Repeats, Trust,
};
use tracehop_testing::SpanRecorder;

use crate::carriers::Renaming;
use crate::mail::{Post, TRACEPARENT, headers_of, letter};

const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";

/// The report of a propagator, without the ids.
fn told(propagator: &MessagePropagator, headers: &[(&str, &str)]) -> String {
    let headers: MemoryHeaders = headers.iter().map(|(name, value)| (*name, Some(*value))).collect();
    let report = propagator.explain(&headers).to_string();
    report.replace("context 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "context")
}

#[test]
fn a_report_says_of_each_context_header_what_became_of_it() {
    let default = MessagePropagator::default;
    let quoted = format!("\"{TRACEPARENT}\"");
    for (propagator, headers, expected) in [
        (default(), &[][..], "no context"),
        (default(), &[("x-tenant", "a")], "no context"),
        (default(), &[("traceparent", TRACEPARENT)], "context; traceparent: taken"),
        (
            default(),
            &[("traceparent", OTHER), ("traceparent", TRACEPARENT), ("traceparent", "bad")],
            "context; traceparent: superseded; traceparent: taken; traceparent: malformed",
        ),
        (
            default(),
            &[("Traceparent", OTHER), ("traceparent", TRACEPARENT), ("Baggage", "a=1")],
            "context; Traceparent: superseded; traceparent: taken; Baggage: taken",
        ),
        (
            default(),
            &[("traceparent", &quoted), ("tracestate", "="), ("baggage", "a=1,b")],
            "context; traceparent: unwrapped and taken; tracestate: malformed; baggage: taken in part",
        ),
        (
            default(),
            &[("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("tracestate", "=")],
            "context; traceparent: taken; tracestate: malformed; tracestate: malformed",
        ),
        (
            MessagePropagator::builder().repeats(Repeats::Reject).build(),
            &[("traceparent", OTHER), ("traceparent", TRACEPARENT)],
            "no context; traceparent: superseded; traceparent: superseded",
        ),
        (
            MessagePropagator::builder().read([Format::B3, Format::TraceContext]).build(),
            &[("traceparent", OTHER), ("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")],
            "context; traceparent: superseded; b3: taken",
        ),
        (
            MessagePropagator::builder().read([Format::TraceContext, Format::B3]).build(),
            &[("traceparent", TRACEPARENT), ("b3", "bad")],
            "context; traceparent: taken; b3: malformed",
        ),
        (default(), &[("baggage", "garbage")], "no context; baggage: malformed"),
        (
            default(),
            &[("traceparent", TRACEPARENT), ("tracestate", "\"a=1\""), ("tracestate", "=")],
            "context; traceparent: taken; tracestate: malformed; tracestate: malformed",
        ),
        (
            MessagePropagator::builder().read([Format::B3, Format::TraceContext]).alias("x-parent").build(),
            &[("x-parent", OTHER), ("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")],
            "context; x-parent: superseded; b3: taken",
        ),
        (
            MessagePropagator::builder().read([Format::B3, Format::TraceContext]).build(),
            &[
                ("traceparent", &format!("\"{OTHER}\"")),
                ("tracestate", "\"a=1\""),
                ("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"),
                ("x-b3-traceid", "x"),
            ],
            "context; traceparent: superseded; tracestate: superseded; b3: taken; x-b3-traceid: superseded",
        ),
        (
            MessagePropagator::builder().read([Format::Jaeger, Format::Baggage]).build(),
            &[("uberctx-a", "1"), ("baggage", "b=2")],
            "no context; baggage: superseded; uberctx-a: taken",
        ),
        (
            MessagePropagator::builder().baggage_in(|_| false).build(),
            &[("baggage", "a=1")],
            "no context; baggage: held back",
        ),
        (
            MessagePropagator::builder().baggage_in(|key| key != "role").build(),
            &[("baggage", "a=1,role=admin")],
            "no context; baggage: taken in part",
        ),
    ] {
        assert_eq!(told(&propagator, headers), expected, "{headers:?}");
    }
}

#[test]
fn a_report_tells_a_link_from_a_loss() {
    let headers = headers_of([("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "a=1")]);
    for (trust, expected) in [
        (
            Trust::Full,
            "context 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331; traceparent: taken; tracestate: taken; baggage: taken",
        ),
        (
            Trust::LinkOnly,
            "only a link to 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331; traceparent: taken; tracestate: distrusted; baggage: distrusted",
        ),
        (
            Trust::Ignore,
            "context ignored; traceparent: distrusted; tracestate: distrusted; baggage: distrusted",
        ),
    ] {
        let tracer = MessagingTracer::builder().trust(trust).build();
        assert_eq!(tracer.explain(&headers).to_string(), expected);
    }
}

#[test]
fn a_report_is_bounded_and_prints_no_control_characters() {
    let headers: MemoryHeaders = (0..1_000).map(|_| ("traceparent", Some("bad"))).collect();
    assert_eq!(MessagePropagator::default().explain(&headers).headers().len(), 64);
    let name = format!("x\u{1b}[31m{}", "x".repeat(10_000));
    let propagator = MessagePropagator::builder().alias(name.as_str()).build();
    let report = propagator.explain(&MemoryHeaders::from_iter([(name, Some(TRACEPARENT))]));
    assert_eq!(report.headers()[0].name().len(), 128);
    let told = report.to_string();
    assert!(!told.contains('\u{1b}') && told.len() < 400, "{told}");
}

#[test]
fn if_asked_for_each_span_of_processing_has_the_report_as_one_event() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().explain_extraction(true).build());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "a=1,b")]));
    assert_eq!(order.explain().headers()[1].outcome(), HeaderOutcome::TakenInPart);
    order.process_blocking(|| ());
    let span = &spans.finished()[0];
    let event = span.events.iter().next().unwrap();
    let attributes: Vec<String> =
        event.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
    assert_eq!((event.name.as_ref(), span.events.len()), ("tracehop.extracted", 1));
    assert_eq!(
        attributes,
        [
            "tracehop.extract.context=true",
            "tracehop.extract.headers=[\"traceparent: taken\",\"baggage: taken in part\"]",
            "tracehop.extract.trust=full"
        ]
    );
}

#[test]
fn the_origin_of_an_event_is_in_the_report() {
    let report = MessagePropagator::default().explain(&headers_of([("ce_traceparent", TRACEPARENT)]));
    assert_eq!(report.origin().to_string(), TRACEPARENT);
    assert!(!report.extracted().creation.is_valid() && report.headers().is_empty());
}

/// Values among which are many that count.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u64..3).prop_map(|span| format!("00-0af7651916cd43dd8448eb211c80319c-{span:016x}-01")),
        Just("\"a=1\"".to_owned()),
        Just(String::new()),
        "[a-c]=[0-9]{1,2}(,[a-c]=[0-9])?",
        ".{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Most messages are read in one walk that knows only what most messages have; all others, and every report, carefully. Both
    /// must find the same.
    #[test]
    fn a_report_finds_what_reading_finds(
        headers in proptest::collection::vec(
            (
                prop_oneof![
                    Just("traceparent"), Just("tracestate"), Just("baggage"), Just("Traceparent"),
                    Just("TRACESTATE"), Just("Baggage"), Just("mail-parent"), Just("b3"), Just("x-tenant"),
                ],
                values(),
            ),
            0..6,
        ),
        rejects: bool,
        reads_b3: bool,
        is_map: bool,
    ) {
        let repeats = if rejects { Repeats::Reject } else { Repeats::LastWins };
        let builder = MessagePropagator::builder().repeats(repeats);
        let formats = [Format::B3, Format::TraceContext, Format::Baggage];
        let propagator = if reads_b3 { builder.read(formats).build() } else { builder.build() };
        let list: MemoryHeaders = headers.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
        let (report, extracted) = if is_map {
            let map: std::collections::HashMap<String, String> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            (propagator.explain(&map), propagator.extract(&map))
        } else {
            let list = Renaming(list);
            (propagator.explain(&list), propagator.extract(&list))
        };
        prop_assert_eq!(&report.extracted().creation, &extracted.creation);
        prop_assert_eq!(report.extracted().problems, extracted.problems);
        // What counts is said to be taken, and nothing is taken if nothing counts.
        let taken = report.headers().iter().filter(|header| {
            matches!(
                header.outcome(),
                HeaderOutcome::Taken | HeaderOutcome::TakenInPart | HeaderOutcome::Unwrapped
            )
        });
        let parents = taken.filter(|header| !["tracestate", "baggage"].iter().any(|name| header.name().eq_ignore_ascii_case(name)));
        prop_assert_eq!(parents.count(), usize::from(extracted.creation.is_valid()));
        // What is read can be stored.
        let stored: CreationContext = extracted.creation.to_string().parse().unwrap();
        prop_assert_eq!(stored, extracted.creation);
    }
}
