//! Formats: which are read and in which order, which are written, and what becomes of those that are read only.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use tracehop::{CreationContext, Format, MemoryHeaders, MessagePropagator, MessagingTracer, Problem};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, TRACE_ID, TRACEPARENT, headers_of, letter, value};

const SPAN: &str = "b7ad6b7169203331";
const B3: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

fn reading(formats: &[Format]) -> MessagePropagator {
    MessagePropagator::builder().read(formats.iter().copied()).build()
}

fn names(headers: &MemoryHeaders) -> Vec<&str> {
    headers.iter().map(|(name, _)| name).collect()
}

/// A client whose tracer reads and writes these formats.
fn post(read: &[Format], write: &[Format]) -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let propagator =
        MessagePropagator::builder().read(read.iter().copied()).write(write.iter().copied()).build();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    (spans, post)
}

#[test]
fn each_format_finds_its_context_and_says_what_is_malformed() {
    use Format::{B3 as Single, B3Multi, CloudEvents, Datadog, Elastic, Jaeger, XRay};
    let sampled = format!("00-{TRACE_ID}-{SPAN}-01");
    let unsampled = format!("00-{TRACE_ID}-{SPAN}-00");
    let (sampled, unsampled) = (sampled.as_str(), unsampled.as_str());
    let low_half = "00-00000000000000008448eb211c80319c-b7ad6b7169203331-01";
    let jaeger = format!("{TRACE_ID}:{SPAN}:0:1");
    let xray = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";
    let multi = [("X-B3-TraceId", TRACE_ID), ("X-B3-SpanId", SPAN)];
    let datadog =
        [("x-datadog-trace-id", "9532127138774266268"), ("x-datadog-parent-id", "13235353014750950193")];
    // Each row: the format, the headers, the context, and whether they are malformed.
    for (format, headers, expected, is_malformed) in [
        (Single, vec![("b3", format!("{B3}-1"))], sampled, false),
        (Single, vec![("B3", format!("{B3}-0"))], unsampled, false),
        (Single, vec![("b3", format!("{B3}-d"))], sampled, false),
        (Single, vec![("b3", B3.to_owned())], unsampled, false),
        (Single, vec![("b3", "0".to_owned())], "", false),
        (Single, vec![("b3", format!("{B3}-x"))], "", true),
        (Single, vec![("b3", "x".repeat(100_000))], "", true),
        (
            Single,
            vec![
                ("b3", format!("{B3}-1")),
                ("x-b3-traceid", "1".repeat(32)),
                ("x-b3-spanid", "1".repeat(16)),
            ],
            sampled,
            false,
        ),
        (B3Multi, [&multi[..], &[("X-B3-Sampled", "1")]].concat().owned(), sampled, false),
        (Single, [&multi[..], &[("X-B3-Flags", "1")]].concat().owned(), sampled, false),
        (B3Multi, multi[..1].to_vec().owned(), "", true),
        (Jaeger, vec![("uber-trace-id", jaeger.clone())], sampled, false),
        (Jaeger, vec![("uber-trace-id", jaeger.replace(':', "%3A"))], sampled, false),
        (Jaeger, vec![("uber-trace-id", "1:2:3".to_owned())], "", true),
        (XRay, vec![("X-Amzn-Trace-Id", xray.to_owned())], sampled, false),
        (XRay, vec![("x-amzn-trace-id", "Root=1-0af76519-16cd43dd8448eb211c80319c".to_owned())], "", true),
        (
            Datadog,
            [
                &datadog[..],
                &[("x-datadog-sampling-priority", "2"), ("x-datadog-tags", "_dd.p.tid=0af7651916cd43dd")],
            ]
            .concat()
            .owned(),
            sampled,
            false,
        ),
        (Datadog, [&datadog[..], &[("x-datadog-sampling-priority", "1")]].concat().owned(), low_half, false),
        (Datadog, datadog[1..].to_vec().owned(), "", true),
        (Elastic, vec![("elasticapmtraceparent", TRACEPARENT.to_owned())], sampled, false),
        (CloudEvents, vec![("ce_traceparent", TRACEPARENT.to_owned())], sampled, false),
        (CloudEvents, vec![("CE-TraceParent", TRACEPARENT.to_owned())], sampled, false),
        (CloudEvents, vec![("cloudEvents:traceparent", TRACEPARENT.to_owned())], sampled, false),
        (CloudEvents, vec![("cloudEvents_traceparent", "00-bad".to_owned())], "", true),
    ] {
        let carrier: MemoryHeaders =
            headers.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
        let extracted = reading(&[format]).extract(&carrier);
        assert_eq!(extracted.creation.to_string(), expected, "{format}: {headers:?}");
        let problems: Vec<_> = extracted.problems.iter().collect();
        let expected: &[_] = if is_malformed { &[Problem::MalformedOther] } else { &[] };
        assert_eq!(problems, expected, "{format}: {headers:?}");
        let without = MessagePropagator::default().extract(&carrier);
        assert!(!without.creation.is_valid(), "what is not asked for is not read: {headers:?}");
    }
}

trait Owned {
    fn owned(self) -> Vec<(&'static str, String)>;
}

impl Owned for Vec<(&'static str, &str)> {
    fn owned(self) -> Vec<(&'static str, String)> {
        self.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
    }
}

#[test]
fn the_first_format_of_the_list_that_finds_a_span_decides() {
    use Format::{B3 as Single, Baggage, Jaeger, TraceContext};
    let other = "00000000000000000000000000000001-0000000000000001-1";
    let headers = headers_of([
        ("traceparent", TRACEPARENT),
        ("tracestate", "vendor=1"),
        ("baggage", "tenant=a"),
        ("b3", other),
        ("uberctx-user", "b"),
    ]);
    let w3c = format!("{TRACEPARENT};tracestate=vendor=1");
    let b3 = "00-00000000000000000000000000000001-0000000000000001-01";
    for (formats, expected) in [
        (&[TraceContext, Baggage, Single][..], format!("{w3c};baggage=tenant=a")),
        (&[Single, TraceContext, Baggage], format!("{b3};baggage=tenant=a")),
        (&[Baggage, Single, TraceContext], format!("{w3c};baggage=tenant=a")),
        (&[Single], b3.to_owned()),
        (&[Jaeger, TraceContext, Baggage], format!("{w3c};baggage=user=b")),
        (&[TraceContext, Baggage, Jaeger], format!("{w3c};baggage=tenant=a")),
        (&[TraceContext, Jaeger], format!("{w3c};baggage=user=b")),
        (&[], String::new()),
    ] {
        assert_eq!(reading(formats).extract(&headers).creation.to_string(), expected, "{formats:?}");
    }
}

#[test]
fn in_a_migration_several_formats_are_written_and_what_is_read_only_is_removed() {
    use Format::{B3 as Single, B3Multi, Baggage, TraceContext};
    let stale =
        || headers_of([("b3", &format!("{B3}-1") as &str), ("X-B3-TraceId", TRACE_ID), ("x-tenant", "a")]);
    for (read, write, expected) in [
        (&[TraceContext, Single][..], &[TraceContext, Single][..], &["x-tenant", "traceparent", "b3"][..]),
        (&[TraceContext, Single], &[TraceContext], &["x-tenant", "traceparent"]),
        (&[Single], &[Single], &["x-tenant", "b3"]),
        (&[Single, Baggage], &[B3Multi], &["x-tenant", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"]),
    ] {
        let (_spans, post) = post(read, write);
        let order = post.receive(crate::mail::Letter { topic: "orders", headers: stale(), sent_at: None });
        order.process_blocking(|| {
            let sent = post.send_with("shipments", order.headers.clone());
            assert_eq!(names(&sent.headers), expected, "read {read:?}, write {write:?}");
        });
    }
}

#[test]
fn the_debug_flag_goes_on_with_the_trace_in_the_formats_that_know_it() {
    use Format::{B3 as Single, B3Multi, Jaeger, TraceContext};
    let (spans, post) = post(&[Single], &[TraceContext, Single, B3Multi, Jaeger]);
    let order = post.receive(letter([("b3", &format!("{B3}-d") as &str)]));
    order.process_blocking(|| {
        let sent = post.send("shipments");
        let value = |name| value(&sent.headers, name).unwrap_or_default();
        assert!(value("b3").ends_with("-d"), "{}", value("b3"));
        assert_eq!((value("x-b3-flags").as_str(), value("x-b3-sampled").as_str()), ("1", ""));
        assert!(value("uber-trace-id").ends_with(":0:3"), "{}", value("uber-trace-id"));
        assert!(value("traceparent").ends_with("-01"), "{}", value("traceparent"));
    });
    // Another trace is not one that everybody is to keep.
    let sent = post.send("shipments");
    assert!(value(&sent.headers, "b3").unwrap().ends_with("-1"));
    let recorded = spans.finished();
    assert!(recorded.iter().all(|span| span.span_context.trace_flags().to_u8() & !3 == 0));
}

#[test]
fn an_event_keeps_the_context_of_its_origin_and_gets_one_of_each_hop() {
    use Format::{Baggage, CloudEvents, TraceContext};
    let (spans, post) = post(&[TraceContext, Baggage, CloudEvents], &[TraceContext, Baggage, CloudEvents]);
    // A producer makes the event: origin and hop are the same.
    let made = post.send("orders");
    let origin = value(&made.headers, "ce-traceparent");
    assert_eq!(origin, value(&made.headers, "traceparent"));
    // Each relay leaves the origin as it is.
    let order = post.receive(made);
    assert_eq!(Some(order.origin().to_string()), origin);
    order.process_blocking(|| {
        let sent = post.send_with("shipments", order.headers.clone());
        assert_eq!(value(&sent.headers, "ce-traceparent"), origin);
        assert_ne!(value(&sent.headers, "traceparent"), origin);
        assert_eq!(names(&sent.headers).len(), 2);
    });
    spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          └ send shipments     PRODUCER
        ",
    );
}

#[test]
fn an_event_without_a_hop_continues_its_origin_and_is_sent_with_a_hop_of_its_own() {
    use Format::{Baggage, CloudEvents, TraceContext};
    let (spans, post) = post(&[TraceContext, Baggage, CloudEvents], &[TraceContext, Baggage]);
    for (name, separator_kept) in [
        ("ce_traceparent", true),
        ("ce-traceparent", true),
        ("cloudEvents_traceparent", true),
        ("cloudEvents:traceparent", true),
    ] {
        let event = letter([(name, TRACEPARENT), ("ce_id", "7")]);
        post.receive(event.clone()).process_blocking(|| ());
        let sent = post.send_with("orders", event.headers);
        assert_eq!(value(&sent.headers, name).as_deref() == Some(TRACEPARENT), separator_kept, "{name}");
        assert!(value(&sent.headers, "traceparent").is_some(), "{name}");
    }
    let tree = spans.finished();
    assert!(
        tree.iter()
            .filter(|span| span.name == "process orders")
            .all(|span| span.parent_span_id.to_string() == SPAN)
    );
}

#[test]
fn over_nats_the_state_of_an_origin_is_percent_encoded() {
    let creation: CreationContext = format!("{TRACEPARENT};tracestate=a=x y,b=100%").parse().unwrap();
    let propagator = MessagePropagator::builder().read([]).write([Format::CloudEvents]).build();
    let tracer = MessagingTracer::builder().propagator(propagator.clone()).build();
    let mut headers = MemoryHeaders::new();
    tracer.inject_context(&creation.to_context(), &mut headers).unwrap();
    assert_eq!(value(&headers, "ce-tracestate").as_deref(), Some("a=x%20y%2Cb=100%25"));
    assert_eq!(propagator.origin(&headers), creation);
    // Over Kafka it is not.
    let headers = headers_of([("ce_traceparent", TRACEPARENT), ("ce_tracestate", "a=x y,b=100%25")]);
    assert_eq!(propagator.origin(&headers).tracestate(), Some("a=x y,b=100%25"));
}

#[test]
fn jaeger_carries_baggage_in_headers_of_its_own_which_are_replaced() {
    let (_spans, post) = post(&[Format::Jaeger], &[Format::Jaeger]);
    let order = post.receive(letter([
        ("uber-trace-id", &format!("{TRACE_ID}:{SPAN}:0:1") as &str),
        ("uberctx-tenant", "a%20b"),
        ("UBERCTX-stale", "1"),
    ]));
    order.process_blocking(|| {
        assert_eq!(crate::mail::current_baggage(), ["stale=1", "tenant=a b"]);
        let cx = Context::current_with_baggage([opentelemetry::KeyValue::new("tenant", "c")]);
        let _active = cx.attach();
        let sent = post.send_with("shipments", order.headers.clone());
        let mut names = names(&sent.headers);
        names.sort_unstable();
        assert_eq!(names, ["uber-trace-id", "uberctx-tenant"]);
        assert_eq!(value(&sent.headers, "uberctx-tenant").as_deref(), Some("c"));
    });
}

#[test]
fn more_jaeger_baggage_than_may_be_taken_in_is_counted() {
    let mut headers = headers_of([("uber-trace-id", &format!("{TRACE_ID}:{SPAN}:0:1") as &str)]);
    for member in 0..1_000 {
        headers.push(format!("uberctx-{member}"), Some("x"));
    }
    let extracted = reading(&[Format::Jaeger]).extract(&headers);
    assert_eq!((extracted.creation.baggage().len(), extracted.problems.dropped_baggage()), (64, 936));
}

#[test]
fn a_name_of_a_format_is_read_as_it_is_written() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let unknown = "ottrace".parse::<Format>().unwrap_err().to_string();
    assert!(unknown.contains("\"ottrace\"") && unknown.contains("b3multi"), "{unknown}");
}

#[test]
fn an_alias_of_the_application_is_read_and_removed_and_never_written() {
    let propagator = MessagePropagator::builder().alias("ce_traceparent").alias("x-parent").build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let other = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
    let order = post.receive(letter([("X-Parent", other), ("ce_traceparent", TRACEPARENT)]));
    assert_eq!(order.creation().to_string(), TRACEPARENT, "the first that was given counts");
    order.process_blocking(|| {
        assert_eq!(names(&post.send_with("shipments", order.headers.clone()).headers), ["traceparent"]);
    });
    // It is no reason to send without a context of the message's own.
    let sent = post.send_with("shipments", headers_of([("x-parent", TRACEPARENT)]));
    assert_eq!(names(&sent.headers), ["traceparent"]);
    assert_ne!(value(&sent.headers, "traceparent").as_deref(), Some(TRACEPARENT));
}

#[test]
fn a_copy_of_a_message_whose_context_has_another_name_belongs_to_its_span() {
    let propagator = MessagePropagator::builder().alias("x-parent").build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(letter([("X-Parent", TRACEPARENT), ("baggage", "tenant=a")]));
    order.process_blocking(|| ());
    let sent = post.send_with("retry", order.headers.clone());
    assert_eq!(names(&sent.headers), ["traceparent", "baggage"]);
    spans.assert_tree(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)
          └ send retry         PRODUCER
        ",
    );
}

#[test]
fn a_records_own_baggage_in_jaegers_headers_is_kept_in_what_is_written() {
    use Format::{B3 as Single, Baggage, Jaeger, TraceContext};
    let all = &[TraceContext, Baggage, Jaeger][..];
    for (write, expected) in [
        (&[Jaeger][..], &["uber-trace-id", "uberctx-a"][..]),
        (all, &["traceparent", "baggage", "uber-trace-id", "uberctx-a"]),
        (&[TraceContext, Baggage], &["traceparent", "baggage"]),
        (&[Single], &["uberctx-a", "b3"]),
    ] {
        let (_spans, post) = post(all, write);
        let sent = post.send_with("orders", headers_of([("uberctx-a", "1")]));
        assert_eq!(names(&sent.headers), expected, "{write:?}");
    }
}

#[test]
fn the_binary_form_is_written_instead_of_the_text() {
    let propagator = MessagePropagator::builder().write([Format::Binary, Format::Baggage]).build();
    let tracer = MessagingTracer::builder().propagator(propagator).build();
    let creation: CreationContext = format!("{TRACEPARENT};tracestate=vendor=1;baggage=a=1").parse().unwrap();
    let mut headers = headers_of([("Traceparent", TRACEPARENT)]);
    tracer.inject_context(&creation.to_context(), &mut headers).unwrap();
    let lengths: Vec<_> = headers.iter().map(|(name, value)| (name, value.unwrap().len())).collect();
    assert_eq!(lengths, [("baggage", 3), ("traceparent", 29), ("tracestate", 8)]);
    assert_eq!(tracer.extract(&headers).creation, creation);
}
