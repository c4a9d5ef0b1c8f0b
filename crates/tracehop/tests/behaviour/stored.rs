//! Contexts that wait: stored by one piece of work, and put on a message by another one.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use tracehop::{
    CreationContext, MemoryHeaders, MessagePropagator, MessagePropagatorBuilder, MessagingTracer, Problem,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{TRACEPARENT, application_span, headers_of, letter, recorded};

const CURRENT: &str = ";tracestate=vendor=1;baggage=tenant=a,user=alice";

/// What is stored while this is current.
fn stored(tracer: &MessagingTracer, current: &str) -> String {
    let _active = current.parse::<CreationContext>().unwrap().to_context().attach();
    tracer.current_creation().to_string()
}

#[test]
fn what_is_stored_is_what_a_message_would_carry() {
    let all = format!("{TRACEPARENT}{CURRENT}");
    for (propagators, expected, reason) in [
        ("", all.clone(), "the default writes both"),
        ("tracecontext", format!("{TRACEPARENT};tracestate=vendor=1"), "baggage does not leave"),
        ("baggage", ";baggage=tenant=a,user=alice".to_owned(), "spans do not leave"),
        ("b3", format!("{TRACEPARENT};tracestate=vendor=1"), "B3 has no baggage"),
        ("jaeger", all.clone(), "Jaeger's baggage has headers of its own"),
        ("none", String::new(), "nothing leaves"),
    ] {
        let propagator = propagators.parse::<MessagePropagator>().unwrap();
        let tracer = SpanRecorder::new().messaging_tracer_builder().propagator(propagator).build();
        assert_eq!(stored(&tracer, &all), expected, "{propagators:?}: {reason}");
    }
}

fn only(builder: MessagePropagatorBuilder, key: &'static str) -> MessagePropagator {
    builder.baggage_out(move |member| member == key).build()
}

#[test]
fn baggage_that_may_not_leave_is_not_stored() {
    let propagator = only(MessagePropagator::builder(), "tenant");
    let tracer = SpanRecorder::new().messaging_tracer_builder().propagator(propagator).build();
    let expected = format!("{TRACEPARENT};tracestate=vendor=1;baggage=tenant=a");
    assert_eq!(stored(&tracer, &format!("{TRACEPARENT}{CURRENT}")), expected);
}

#[test]
fn a_tracer_that_strips_stores_nothing() {
    let tracer = SpanRecorder::new().messaging_tracer().with_strip(true);
    assert_eq!(stored(&tracer, TRACEPARENT), "");
}

#[test]
fn without_an_sdk_the_context_of_the_caller_is_stored() {
    let silent = MessagingTracer::builder()
        .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
        .build();
    assert_eq!(stored(&silent, TRACEPARENT), TRACEPARENT);
    assert_eq!(stored(&silent, ""), "");
}

#[test]
fn too_much_baggage_is_left_out_and_counted_when_it_is_stored() {
    let tracer = SpanRecorder::new().messaging_tracer();
    // On the wire each of these letters takes six bytes.
    let members = [KeyValue::new("tenant", "a"), KeyValue::new("note", "é".repeat(2000))];
    let active = Context::new().with_baggage(members).attach();
    assert_eq!(tracer.current_creation().to_string(), ";baggage=tenant=a");
    drop(active);
    assert_eq!(tracer.problem_count(Problem::BaggageDropped), 1);
}

#[test]
fn the_largest_context_has_24_715_bytes_and_comes_back() {
    let member = |number: usize| format!("{number:a>256}={}", "v".repeat(256));
    let tracestate = (0..32).map(member).collect::<Vec<_>>().join(",");
    let line = format!("{TRACEPARENT};tracestate={tracestate};baggage=a={}", "b".repeat(8190));
    let largest: CreationContext = line.parse().unwrap();
    assert_eq!((largest.to_string().len(), largest.to_string() == line), (24_715, true));

    let tracer = SpanRecorder::new().messaging_tracer();
    let mut headers = MemoryHeaders::new();
    tracer.inject_creation(&largest, &mut headers).unwrap();
    assert_eq!(tracer.extract(&headers).creation, largest);
    // One byte more is none that could be read.
    assert!(format!("{line}b").parse::<CreationContext>().is_err());
}

#[test]
fn a_message_that_is_sent_at_last_belongs_to_the_work_that_stored_its_context() {
    let shop = SpanRecorder::new();
    let placed = application_span(&shop, "place order");
    let active = placed.attach();
    let row = shop.messaging_tracer().current_creation().to_string();
    drop(active);

    // In another process.
    let (spans, post) = recorded();
    let mut headers = MemoryHeaders::new();
    post.client.tracer().inject_creation(&row.parse().unwrap(), &mut headers).unwrap();
    let sent = post.send_with("orders", headers);
    post.receive(sent).process_blocking(|| ());
    let all = shop.finished().into_iter().chain(spans.finished());
    tracehop_testing::TraceTree::new(all).assert(
        "
        place order       INTERNAL  #1
        └ process orders  CONSUMER  links: #1
        send orders       CLIENT    links: #1
        ",
    );
}

#[test]
fn the_same_context_may_be_sent_twice_and_while_another_message_is_processed() {
    let (spans, post) = recorded();
    let row: CreationContext = TRACEPARENT.parse().unwrap();
    let other = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")];
    post.receive(letter(other)).process_blocking(|| {
        for _ in 0..2 {
            let mut headers = MemoryHeaders::new();
            post.client.tracer().inject_creation(&row, &mut headers).unwrap();
            assert_eq!(
                post.send_with("archive", headers).headers,
                headers_of([("traceparent", TRACEPARENT)])
            );
        }
    });
    spans.assert_tree(
        "
        (remote)
        └ process orders   CONSUMER  links: (remote)
          ├ send archive   CLIENT    links: (remote)
          └ send archive   CLIENT    links: (remote)
        ",
    );
}

#[test]
fn no_context_leaves_headers_as_they_are_and_the_message_has_one_of_its_own() {
    let (spans, post) = recorded();
    for own in [headers_of([]), headers_of([("content-type", "text/plain"), ("baggage", "tenant=a")])] {
        let mut headers = own.clone();
        post.client.tracer().inject_creation(&CreationContext::NONE, &mut headers).unwrap();
        assert_eq!(headers, own);
        post.send_with("orders", headers);
    }
    spans.assert_tree("send orders  PRODUCER\nsend orders  PRODUCER");
}

#[cfg(feature = "tracing")]
#[test]
fn the_span_of_tracing_is_stored_whether_or_not_its_layer_tells_opentelemetry() {
    use tracehop::TracingBridge;
    use tracing_subscriber::layer::SubscriberExt;

    for activates in [true, false] {
        let spans = SpanRecorder::new();
        let bridge = TracingBridge::new();
        let post =
            crate::mail::Post::new(&spans.messaging_tracer_builder().tracing_bridge(bridge.clone()).build());
        let layer = tracing_opentelemetry::layer()
            .with_tracer(bridge.tracer(spans.tracer()))
            .with_context_activation(activates);
        let row = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info_span!("place order").in_scope(|| post.client.tracer().current_creation())
        });
        let placed = spans.finished().remove(0);
        assert_eq!(row.span_id(), placed.span_context.span_id(), "activates: {activates}");
    }
}
