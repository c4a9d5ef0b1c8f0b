//! Unsampled parents that are trusted: no span under them, and their context goes on in its place.
//!
//! The recorder samples whatever it is asked for, so a span that is made is seen.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::{
    Correlation, CreationContext, Destination, MemoryHeaders, MessageInfo, Received, process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Mail, Post, TRACEPARENT, application_span, current_baggage, headers_of, letter, span,
};

/// All that a message can carry, unsampled: keys that OpenTelemetry's `TraceState` cannot hold among it.
const UNSAMPLED: [(&str, &str); 3] = [
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02"),
    ("tracestate", "a@b@c=1,vendor=2"),
    ("baggage", "tenant=a;p=1"),
];

fn trusting(correlation: Correlation) -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let builder = spans.messaging_tracer_builder().trust_unsampled(true).receive_spans(true);
    let post = Post::new(&builder.correlation(correlation).build());
    (spans, post)
}

fn unsampled_context() -> Context {
    let line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02;tracestate=a@b@c=1,vendor=2;baggage=tenant=a;p=1";
    line.parse::<CreationContext>().unwrap().to_context()
}

#[track_caller]
fn assert_no_spans(spans: &SpanRecorder) {
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0), "{}", spans.tree());
}

/// Processes a message that came unsampled: there is no span, and what the handler sends carries what the message carried.
#[track_caller]
fn check_passes_through(spans: &SpanRecorder, order: &Received<Letter, Mail>, post: &Post) {
    order.process_blocking(|| {
        let current = Context::current();
        assert_eq!(current.span().span_context(), &order.creation().span_context());
        assert_eq!(current_baggage(), ["tenant=a"]);
        assert_eq!(post.send("shipments").headers, headers_of(UNSAMPLED));
        // A relay's copy is stale, and replaced by the same.
        assert_eq!(post.send_with("archive", order.headers.clone()).headers, headers_of(UNSAMPLED));
        post.client.settle("ack", &orders(), || order.creation().clone()).end();
    });
    post.client.receive_span(order, SystemTime::now());
    let process = order.start_process();
    assert!(!process.is_recording() && !process.span_context().is_valid());
    process.finish(&());
    assert_no_spans(spans);
}

fn orders() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}

#[test]
fn under_a_message_that_came_unsampled_there_are_no_spans_and_all_passes_through() {
    for correlation in [Correlation::Continue, Correlation::Nest] {
        let (spans, post) = trusting(correlation);
        check_passes_through(&spans, &post.receive(letter(UNSAMPLED)), &post);
        post.client.settle("ack", &orders(), || post.receive(letter(UNSAMPLED)).creation().clone()).end();
        assert_no_spans(&spans);
    }
}

#[test]
fn continued_an_unsampled_message_passes_through_although_a_sampled_span_is_current() {
    let (spans, post) = trusting(Correlation::Continue);
    let active = application_span(&spans, "poll").attach();
    let order = post.receive(letter(UNSAMPLED));
    order.process_blocking(|| {
        assert_eq!(Context::current().span().span_context(), &order.creation().span_context());
        assert_eq!(post.send("shipments").headers, headers_of(UNSAMPLED));
    });
    post.client.receive_span(&order, SystemTime::now());
    assert!(Context::current().span().span_context().is_sampled(), "afterwards all is as before");
    drop(active);
    spans.assert_tree("poll  INTERNAL");
}

#[test]
fn under_a_sampled_current_span_an_unsampled_message_is_processed_with_a_span() {
    let (spans, post) = trusting(Correlation::Nest);
    let active = application_span(&spans, "poll").attach();
    post.receive(letter(UNSAMPLED)).process_blocking(|| drop(post.send("shipments")));
    drop(active);
    spans.assert_tree(
        "
        poll                   INTERNAL
        └ process orders       CONSUMER  links: (remote)
          └ send shipments     PRODUCER
        ",
    );
}

#[test]
fn under_an_unsampled_current_span_nothing_has_a_span_and_its_context_goes_on() {
    let (spans, post) = trusting(Correlation::Nest);
    let _active = unsampled_context().attach();
    assert_eq!(post.send("orders").headers, headers_of(UNSAMPLED));
    let sampled = post.receive(letter([("traceparent", TRACEPARENT)]));
    sampled.process_blocking(|| assert_eq!(post.send("shipments").headers, headers_of(UNSAMPLED)));
    post.client.settle("ack", &orders(), || sampled.creation().clone()).end();
    post.client.receive_span(&sampled, SystemTime::now());
    assert_no_spans(&spans);
}

#[tokio::test]
async fn a_batch_under_an_unsampled_current_span_has_no_span_and_runs_in_its_context() {
    let (spans, post) = trusting(Correlation::Continue);
    let active = unsampled_context().attach();
    let other = letter([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")]);
    let batch = [post.receive_from_elsewhere(), post.receive(other)];
    let process = post.client.process_batch(&batch);
    assert!(!process.span_context().is_valid());
    assert_eq!(process.in_scope(|| post.send("report").headers), headers_of(UNSAMPLED));
    process.finish(&());
    let mut receive = post.client.receive_batch(SystemTime::now());
    receive.add(&batch[0]);
    drop(receive);
    drop(active);
    assert_no_spans(&spans);
    process_batch(&batch, async {}).await;
    assert_eq!(span(&spans, "process orders").links.len(), 2);
}

#[test]
fn a_context_that_is_kept_on_a_message_stays_although_there_is_no_span() {
    let (spans, post) = trusting(Correlation::Continue);
    let _active = unsampled_context().attach();
    let outbox = headers_of([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01")]);
    assert_eq!(post.send_with("orders", outbox.clone()).headers, outbox);
    assert_no_spans(&spans);
}

#[test]
fn sampled_parents_and_roots_still_have_spans() {
    let (spans, post) = trusting(Correlation::Continue);
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| drop(post.send("shipments")));
    post.receive(letter([])).process_blocking(|| ());
    spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          └ send shipments     PRODUCER
        process orders         CONSUMER
        ",
    );
}

#[test]
fn a_trace_of_its_own_is_a_root_also_for_a_message_that_came_unsampled() {
    let (spans, post) = trusting(Correlation::Link);
    post.receive(letter(UNSAMPLED)).process_blocking(|| ());
    spans.assert_tree("process orders  CONSUMER  links: (remote)");
}

#[test]
fn unless_it_is_trusted_an_unsampled_parent_has_spans_under_it() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    post.receive(letter(UNSAMPLED)).process_blocking(|| ());
    let _active = unsampled_context().attach();
    post.client.send(&orders(), &mut MemoryHeaders::new()).end();
    assert_eq!(spans.finished().len(), 2);
}
