//! Baggage that is on a message already when it is sent.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use tracehop::{CreationContext, MemoryHeaders, MessagePropagator, Problem};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, TRACEPARENT, headers_of, recorded, value};

/// The `baggage` that is sent with these headers while this baggage is current.
fn sent(current: &[(&'static str, &'static str)], headers: MemoryHeaders) -> Option<String> {
    let (_spans, post) = recorded();
    let members = current.iter().map(|(key, value)| KeyValue::new(*key, *value));
    let _active = Context::new().with_baggage(members).attach();
    value(&post.send_with("orders", headers).headers, "baggage")
}

#[test]
fn the_messages_own_members_stand_first_and_count() {
    for (current, own, expected, reason) in [
        (&[][..], &["tenant=a"][..], Some("tenant=a"), "nothing is current"),
        (&[("user", "b")], &[], Some("user=b"), "the message has none"),
        (
            &[("tenant", "a")],
            &["feature=x", "routingKey=eu"],
            Some("feature=x,routingKey=eu,tenant=a"),
            "both",
        ),
        (
            &[("tenant", "b"), ("user", "c")],
            &["tenant=a"],
            Some("tenant=a,user=c"),
            "of one key its own counts",
        ),
        (
            &[("user", "b")],
            &["tenant=a;private;ttl=3"],
            Some("tenant=a;private;ttl=3,user=b"),
            "with properties",
        ),
        (&[("user", "b")], &["tenant"], Some("user=b"), "what is malformed goes"),
    ] {
        let headers = own.iter().map(|value| ("baggage", Some(*value))).collect();
        assert_eq!(sent(current, headers).as_deref(), expected, "{reason}");
    }
}

#[test]
fn the_baggage_of_a_context_that_is_replaced_goes_with_it() {
    let (_spans, post) = recorded();
    let order = post.receive(crate::mail::letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    order.process_blocking(|| {
        let _active = Context::current_with_baggage([KeyValue::new("user", "b")]).attach();
        let sent = post.send_with("shipments", order.headers.clone());
        assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("user=b"));
    });
}

#[test]
fn what_does_not_fit_beside_the_messages_own_is_counted() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let post = Post::new(&tracer);
    let own: Vec<String> = (0..63).map(|i| format!("own{i}={i}")).collect();
    let members = ["a", "b", "c"].map(|key| KeyValue::new(key, "1"));
    let _active = Context::new().with_baggage(members).attach();
    let sent = post.send_with("orders", headers_of([("baggage", own.join(",").as_str())]));
    assert_eq!(value(&sent.headers, "baggage"), Some(format!("{},a=1", own.join(","))));
    assert_eq!(tracer.problem_count(Problem::BaggageDropped), 1);
    // A malformed member of its own is a loss as well.
    post.send_with("orders", headers_of([("baggage", "tenant")]));
    assert_eq!(tracer.problem_count(Problem::BaggageDropped), 2);
}

#[test]
fn an_injection_without_a_span_merges_as_well_unless_it_replaces_a_context() {
    let tracer = tracehop::MessagingTracer::builder().build();
    let cx = Context::new().with_baggage([KeyValue::new("user", "b")]);
    let mut headers = headers_of([("baggage", "tenant=a")]);
    tracer.inject_context(&cx, &mut headers).unwrap();
    assert_eq!(value(&headers, "baggage").as_deref(), Some("tenant=a,user=b"));
    let span = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01;baggage=user=b";
    for (line, expected) in [(span, Some("user=b")), (&span[..55], None)] {
        let cx = line.parse::<CreationContext>().unwrap().to_context();
        let mut headers = headers_of([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]);
        tracer.inject_context(&cx, &mut headers).unwrap();
        assert_eq!(value(&headers, "baggage").as_deref(), expected);
    }
}

#[test]
fn a_filter_holds_back_what_is_current_and_not_the_messages_own() {
    let propagator = MessagePropagator::builder().baggage_out(|key| key == "user").build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let members = ["user", "secret"].map(|key| KeyValue::new(key, "1"));
    let _active = Context::new().with_baggage(members).attach();
    let sent = post.send_with("orders", headers_of([("baggage", "tenant=a")]));
    assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a,user=1"));
}

#[test]
fn a_filter_on_the_way_in_keeps_baggage_out_of_the_handler_and_of_all_that_it_sends() {
    let propagator = MessagePropagator::builder().baggage_in(|key| key == "tenant").build();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().propagator(propagator).build());
    let order = post.receive(crate::mail::letter([
        ("traceparent", TRACEPARENT),
        ("baggage", "role=admin,tenant=a;ttl=1"),
    ]));
    assert!(order.problems().is_empty(), "what one chose not to take is no problem");
    order.process_blocking(|| {
        assert_eq!(crate::mail::current_baggage(), ["tenant=a"]);
        let sent = post.send_with("shipments", order.headers.clone());
        assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a;ttl=1"));
    });
}
