//! Other propagators beside or instead of the default one.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tracehop::{Format, MemoryHeaders, MessagePropagator};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, TRACEPARENT, headers_of, letter, recorded, value};

/// A format of one header, `trace-span-debug` in hexadecimal, with a flag that no span context can hold.
#[derive(Debug)]
pub(crate) struct Postmark;

#[derive(Debug, PartialEq)]
struct DebugFlag;

fn fields() -> &'static [String] {
    static FIELDS: std::sync::OnceLock<[String; 1]> = std::sync::OnceLock::new();
    FIELDS.get_or_init(|| ["postmark".to_owned()])
}

impl TextMapPropagator for Postmark {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span = span.span_context();
        if span.is_valid() {
            let debug = u8::from(cx.get::<DebugFlag>().is_some());
            injector.set("postmark", format!("{}-{}-{debug}", span.trace_id(), span.span_id()));
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let read = || {
            let mut parts = extractor.get("postmark")?.split('-');
            let trace_id = TraceId::from_hex(parts.next()?).ok()?;
            let span_id = SpanId::from_hex(parts.next()?).ok()?;
            let debug = parts.next()? == "1";
            Some((SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE), debug))
        };
        match read() {
            Some((span, true)) => cx.with_remote_span_context(span).with_value(DebugFlag),
            Some((span, false)) => cx.with_remote_span_context(span),
            None => cx.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(fields())
    }
}

const POSTMARK: &str = "0af7651916cd43dd8448eb211c80319c-00000000000000aa-1";

fn beside() -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let propagator = MessagePropagator::builder().other(Postmark).build();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    (spans, post)
}

#[test]
fn all_formats_are_written() {
    let (spans, post) = beside();
    let sent = post.send("orders");
    let span = spans.finished()[0].span_context.clone();
    let traceparent = format!("00-{}-{}-01", span.trace_id(), span.span_id());
    let postmark = format!("{}-{}-0", span.trace_id(), span.span_id());
    assert_eq!(sent.headers, headers_of([("traceparent", &traceparent), ("postmark", &postmark)]));
}

#[test]
fn w3c_is_read_first_and_the_other_format_if_there_is_none() {
    let (_spans, post) = beside();
    let span_id = |letter| post.receive(letter).creation().span_id().to_string();
    assert_eq!(span_id(letter([("postmark", POSTMARK), ("traceparent", TRACEPARENT)])), "b7ad6b7169203331");
    assert_eq!(span_id(letter([("Postmark", POSTMARK)])), "00000000000000aa");
    assert_eq!(span_id(letter([("postmark", POSTMARK), ("traceparent", "garbage")])), "00000000000000aa");
}

#[test]
fn what_the_other_format_says_beside_the_span_reaches_the_handler_and_what_it_sends() {
    let (_spans, post) = beside();
    post.receive(letter([("postmark", POSTMARK), ("baggage", "tenant=a")])).process_blocking(|| {
        assert_eq!(Context::current().get::<DebugFlag>(), Some(&DebugFlag));
        assert_eq!(crate::mail::current_baggage(), ["tenant=a"]);
        assert!(value(&post.send("shipments").headers, "postmark").unwrap().ends_with("-1"));
    });
}

/// A format of two fields, one of which it writes in letters of its own.
#[derive(Debug)]
struct Stamp;

impl TextMapPropagator for Stamp {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        injector.set("STAMP-INK", "red".to_owned());
        injector.set("stamp-date", "monday".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: std::sync::OnceLock<[String; 3]> = std::sync::OnceLock::new();
        let fields = || ["stamp-date", "Stamp-Ink", "stamp-place"].map(str::to_owned);
        FieldIter::new(FIELDS.get_or_init(fields))
    }
}

#[test]
fn fields_of_another_format_stand_in_its_order_and_spelling() {
    let propagator = MessagePropagator::builder().other(Stamp).build();
    let cx = Context::new();
    let (patch, _) = propagator.patch(cx.span().span_context(), &cx);
    let headers: Vec<_> = patch.headers().collect();
    assert_eq!(headers, [("stamp-date", &b"monday"[..]), ("Stamp-Ink", b"red")]);
    let names: Vec<_> = patch.names().collect();
    assert_eq!(names, ["stamp-date", "Stamp-Ink", "stamp-place"]);
}

#[test]
fn a_relay_replaces_the_header_of_the_other_format_too() {
    let (spans, post) = beside();
    let order = post.receive(letter([("postmark", POSTMARK), ("tenant", "a")]));
    order.process_blocking(|| {
        let relayed = post.send_with("archive", order.headers.clone());
        assert_ne!(value(&relayed.headers, "postmark").as_deref(), Some(POSTMARK));
        assert_eq!(relayed.headers.len(), 3);
    });
    spans.assert_tree(
        "
        (remote)
        └ process orders     CONSUMER  links: (remote)
          └ send archive     PRODUCER
        ",
    );
}

#[test]
fn a_context_in_the_other_format_alone_is_kept_if_it_came_from_an_outbox() {
    let (spans, post) = beside();
    let outbox = headers_of([("postmark", POSTMARK)]);
    assert_eq!(post.send_with("orders", outbox.clone()).headers, outbox);
    spans.assert_tree("send orders  CLIENT  links: (remote)");
}

#[test]
fn the_sdks_propagators_work_instead_of_the_default() {
    let propagator = MessagePropagator::builder()
        .read([])
        .write([])
        .other(TraceContextPropagator::new())
        .other(BaggagePropagator::new())
        .build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([
        ("traceparent", TRACEPARENT),
        ("tracestate", "vendor=1"),
        ("baggage", "tenant=a"),
    ]));
    order.process_blocking(|| {
        let sent = post.send("shipments");
        assert_eq!(value(&sent.headers, "tracestate").as_deref(), Some("vendor=1"));
        assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a"));
    });
    spans.assert_tree(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)
          └ send shipments     PRODUCER
        ",
    );
}

#[test]
fn a_propagator_of_the_same_headers_does_not_double_them() {
    let propagator = MessagePropagator::builder()
        .other(TraceContextPropagator::new())
        .other(BaggagePropagator::new())
        .build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")])).process_blocking(|| {
        let sent = post.send("shipments");
        assert!(value(&sent.headers, "traceparent").is_some());
        assert_eq!(value(&sent.headers, "tracestate"), None);
        assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a"));
    });
}

#[test]
fn the_sdks_propagator_writes_no_empty_tracestate() {
    let propagator = MessagePropagator::builder()
        .read([Format::Baggage])
        .write([Format::Baggage])
        .other(TraceContextPropagator::new())
        .build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    assert_eq!(value(&post.send("orders").headers, "tracestate"), None);
}

#[test]
fn a_propagator_without_trace_context_carries_baggage_only() {
    let propagator = MessagePropagator::builder().read([Format::Baggage]).write([Format::Baggage]).build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    assert!(!order.creation().is_valid());
    order.process_blocking(|| {
        assert_eq!(post.send("shipments").headers, headers_of([("baggage", "tenant=a")]));
    });
}

#[test]
fn a_propagator_without_baggage_carries_none() {
    let propagator =
        MessagePropagator::builder().read([Format::TraceContext]).write([Format::TraceContext]).build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    order.process_blocking(|| {
        assert!(crate::mail::current_baggage().is_empty());
        assert_eq!(value(&post.send("shipments").headers, "baggage"), None);
    });
}

#[test]
fn baggage_that_the_filter_holds_back_is_read_but_not_written() {
    let propagator = MessagePropagator::builder().baggage_out(|key| key == "tenant").build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([("baggage", "tenant=a,user=alice")]));
    order.process_blocking(|| {
        assert_eq!(crate::mail::current_baggage(), ["tenant=a", "user=alice"]);
        assert_eq!(value(&post.send("shipments").headers, "baggage").as_deref(), Some("tenant=a"));
    });
}

#[test]
fn baggage_all_of_which_is_held_back_does_not_ride_along_on_copied_headers() {
    let propagator = MessagePropagator::builder().baggage_out(|_| false).build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "user=alice")]));
    order.process_blocking(|| {
        assert_eq!(value(&post.send_with("archive", order.headers.clone()).headers, "baggage"), None);
    });
}

#[test]
fn the_current_context_does_not_leak_into_what_is_read() {
    let (spans, post) = recorded();
    let _active = crate::mail::application_span(&spans, "poll").attach();
    let propagator =
        MessagePropagator::builder().other(TraceContextPropagator::new()).other(Postmark).build();
    assert!(!propagator.extract(&MemoryHeaders::new()).creation.is_valid());
    assert!(!post.receive(letter([])).creation().is_valid());
}

#[test]
fn a_suppressed_scope_is_still_suppressed_inside_the_handler() {
    let (spans, post) = beside();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    post.receive(letter([("postmark", POSTMARK)])).process_blocking(|| drop(post.send("shipments")));
    assert_eq!(spans.finished().len(), 0);
}

#[test]
fn values_of_the_current_context_reach_the_handler() {
    #[derive(Debug, PartialEq)]
    struct Deadline(u32);
    let (_spans, post) = beside();
    let _active = Context::new().with_value(Deadline(7)).attach();
    post.receive(letter([("postmark", POSTMARK)]))
        .process_blocking(|| assert_eq!(Context::current().get::<Deadline>(), Some(&Deadline(7))));
}

#[test]
fn each_header_is_found_in_a_letter_case_of_its_own() {
    let headers =
        headers_of([("traceparent", TRACEPARENT), ("Tracestate", "vendor=1"), ("BAGGAGE", "tenant=a")]);
    let extracted = MessagePropagator::default().extract(&headers);
    assert_eq!(extracted.creation.to_string(), format!("{TRACEPARENT};tracestate=vendor=1;baggage=tenant=a"));
    assert!(extracted.problems.is_empty());
}

#[test]
fn of_two_letter_cases_the_exact_one_counts_wherever_it_stands() {
    let headers = headers_of([
        ("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01"),
        ("baggage", "tenant=a"),
        ("traceparent", TRACEPARENT),
        ("Baggage", "tenant=b"),
        ("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-0000000000000002-01"),
    ]);
    let extracted = MessagePropagator::default().extract(&headers);
    // The baggage that stands behind it, before the next one, is its own.
    assert_eq!(extracted.creation.to_string(), format!("{TRACEPARENT};baggage=tenant=b"));
    assert!(extracted.problems.is_empty());
}

#[test]
fn in_another_letter_case_baggage_is_found_without_trace_context() {
    let propagator = MessagePropagator::builder().read([Format::Baggage]).write([Format::Baggage]).build();
    assert_eq!(propagator.extract(&headers_of([("Baggage", "tenant=a")])).creation.baggage().len(), 1);
}
