//! No SDK, a no-op, a suppressed scope, an SDK that was shut down, or nothing sampled: context passes through nevertheless.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, noop::NoopTracerProvider};
use opentelemetry_sdk::trace::Sampler;
use tracehop::{Existing, MessageInfo, MessagingTracer};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Post, TRACE_ID, TRACEPARENT, application_span, current_baggage, headers_of, letter, recorded,
    value,
};

/// All that a message can carry, keys that OpenTelemetry's `TraceState` cannot hold among it.
const INCOMING: [(&str, &str); 3] = [
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"),
    ("tracestate", "a@b@c=1,vendor=2"),
    ("baggage", "tenant=a;p=1"),
];

/// What a handler sends carries what the message it handles carried; on its own it sends nothing of the sort.
#[track_caller]
fn check_passes_through(tracer: &MessagingTracer) {
    let post = Post::new(tracer);
    // More often than a tracer that is asleep looks again.
    for _ in 0..100 {
        let order = post.receive(letter(INCOMING));
        let sent = order.process_blocking(|| {
            assert_eq!(current_baggage(), ["tenant=a"]);
            Ok::<_, String>(post.send("shipments"))
        });
        assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
        let relayed =
            order.process_blocking(|| Ok::<_, String>(post.send_with("archive", order.headers.clone())));
        assert_eq!(relayed.unwrap().headers, headers_of(INCOMING));
        let process = order.start_process();
        assert!(!process.is_recording() && !process.span_context().is_valid());
        process.finish(&());
        assert_eq!(post.send("orders").headers, headers_of([]));
    }
}

#[test]
fn context_passes_through_without_an_sdk() {
    check_passes_through(&MessagingTracer::global());
}

#[test]
fn context_passes_through_a_no_op_provider() {
    check_passes_through(&MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()).build());
}

#[test]
fn context_passes_through_a_suppressed_scope() {
    let spans = SpanRecorder::new();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    check_passes_through(&spans.messaging_tracer());
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn spans_are_made_again_after_a_suppressed_scope() {
    let (spans, post) = recorded();
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        post.send("unseen");
    }
    post.send("orders");
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn context_passes_through_an_sdk_that_was_shut_down() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    Post::new(&tracer).send("before");
    spans.provider().shutdown().unwrap();
    check_passes_through(&tracer);
    spans.assert_tree("send before  PRODUCER");
}

#[tokio::test]
async fn async_handlers_pass_context_through_too() {
    let post = Post::new(&MessagingTracer::global());
    let order = post.receive(letter(INCOMING));
    let sent = order
        .process(async {
            tokio::task::yield_now().await;
            Ok::<_, String>(post.send("shipments"))
        })
        .await;
    assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
    let sent = order.process_owned(|_| async { Ok::<_, String>(post.send("shipments")) }).await;
    assert_eq!(sent.unwrap().headers, headers_of(INCOMING));
    assert!(!Context::current().span().span_context().is_valid());
}

#[test]
fn a_context_from_an_outbox_is_kept_without_an_sdk() {
    let post = Post::new(&MessagingTracer::global());
    assert_eq!(post.send_with("orders", headers_of(INCOMING)).headers, headers_of(INCOMING));
}

#[test]
fn without_an_sdk_what_is_current_is_written_over_what_is_to_be_replaced() {
    let tracer = MessagingTracer::builder().existing(Existing::Replace).build();
    let current = tracer.extract(&headers_of([("traceparent", TRACEPARENT)])).creation;
    let _active = current.to_context().attach();
    let sent = Post::new(&tracer).send_with("orders", headers_of(INCOMING));
    assert_eq!(sent.headers, headers_of([("traceparent", TRACEPARENT)]));
}

#[test]
fn without_an_sdk_a_context_is_not_torn_apart_if_there_is_none_to_replace_it() {
    let tracer = MessagingTracer::builder().existing(Existing::Replace).build();
    let sent = Post::new(&tracer).send_with("orders", headers_of(INCOMING));
    assert!(sent.headers == headers_of(INCOMING) || sent.headers == headers_of([]), "{:?}", sent.headers);
}

#[test]
fn without_an_sdk_a_context_that_is_current_goes_before_the_messages() {
    let post = Post::new(&MessagingTracer::global());
    let other = "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01";
    let current = post.client.tracer().extract(&headers_of([("traceparent", other)])).creation;
    let _active = current.to_context().attach();
    post.receive(letter(INCOMING)).process_blocking(|| {
        assert_eq!(value(&post.send("shipments").headers, "traceparent").as_deref(), Some(other));
    });
}

#[test]
fn without_an_sdk_settling_and_failing_are_harmless() {
    let post = Post::new(&MessagingTracer::global());
    let order = post.receive(letter(INCOMING));
    drop(order.start_process());
    let result = order.process_blocking(|| Err::<(), _>("no stock"));
    assert_eq!(result, Err("no stock"));
    let settle = post.client.settle("ack", &MessageInfo::default(), || order.creation().clone());
    assert!(!settle.is_recording());
    settle.end();
}

/// A message that came with `flags` is processed, and the handler sends.
#[track_caller]
fn check_flags(spans: &SpanRecorder, flags: &str, expected: &str) {
    let post = Post::new(&spans.messaging_tracer());
    let traceparent = format!("00-{TRACE_ID}-b7ad6b7169203331-{flags}");
    let order = post.receive(letter([("traceparent", &traceparent), ("tracestate", "a@b@c=1")]));
    order.process_blocking(|| {
        let sent = post.send("shipments");
        let sent_on = value(&sent.headers, "traceparent").unwrap();
        assert!(sent_on.starts_with(&format!("00-{TRACE_ID}-")), "{sent_on}");
        assert!(!sent_on.contains("b7ad6b7169203331"), "the send has a span of its own: {sent_on}");
        assert!(sent_on.ends_with(&format!("-{expected}")), "{sent_on} after flags {flags}");
        assert_eq!(value(&sent.headers, "tracestate").as_deref(), Some("a@b@c=1"));

        // And one hop further.
        post.receive(Letter { topic: "shipments", ..sent }).process_blocking(|| {
            let sent_on = value(&post.send("parcels").headers, "traceparent").unwrap();
            assert!(sent_on.ends_with(&format!("-{expected}")), "{sent_on} two hops after flags {flags}");
        });
    });
}

fn parent_based() -> SpanRecorder {
    SpanRecorder::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}

#[test]
fn an_unsampled_trace_stays_unsampled_and_known() {
    let spans = parent_based();
    check_flags(&spans, "00", "00");
    assert_eq!(spans.finished().len(), 0);
}

#[test]
fn the_random_flag_of_a_sampled_trace_is_kept() {
    check_flags(&parent_based(), "03", "03");
    check_flags(&parent_based(), "01", "01");
}

#[test]
fn the_random_flag_of_an_unsampled_trace_is_kept() {
    check_flags(&parent_based(), "02", "02");
    check_flags(&SpanRecorder::unsampled(), "03", "02");
}

#[test]
fn a_sampler_that_ignores_the_parent_still_gets_a_full_span() {
    let (spans, post) = recorded();
    let order =
        post.receive(letter([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]));
    order.process_blocking(|| drop(post.send("shipments")));
    spans.tree().attributes(["messaging.system", "messaging.destination.name"]).assert(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)  messaging.system=mail  messaging.destination.name=orders
          └ send shipments     PRODUCER  messaging.system=mail  messaging.destination.name=shipments
        ",
    );
}

#[test]
fn a_suppressed_scope_is_still_suppressed_inside_the_handler() {
    let (spans, post) = recorded();
    let _active = application_span(&spans, "poll").with_telemetry_suppressed().attach();
    post.receive(letter(INCOMING)).process_blocking(|| {
        assert!(Context::is_current_telemetry_suppressed());
        post.send("shipments");
    });
}
