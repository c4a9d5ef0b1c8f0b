//! Several messages settled with one call.

use tracehop::{MessagingTracer, Received, process_batch};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Mail, Post, application_span, letter, recorded, span};

fn received(post: &Post, count: usize) -> Vec<Received<Letter, Mail>> {
    (0..count).map(|_| post.receive(post.send("orders"))).collect()
}

#[tokio::test]
async fn what_one_span_processed_is_settled_below_it_although_it_has_ended() {
    let (spans, post) = recorded();
    let batch = received(&post, 2);
    process_batch(&batch, async {}).await;
    let active = application_span(&spans, "loop").attach();
    post.client.settle_batch("ack", &batch).end();
    drop(active);
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        send orders         PRODUCER  #1
        send orders         PRODUCER  #2
        process orders      CONSUMER  links: #1, #2  messaging.batch.message_count=2
        └ ack orders        CLIENT    links: #1, #2  messaging.batch.message_count=2
        loop                INTERNAL
        ",
    );
}

#[tokio::test]
async fn inside_of_the_handler_it_is_a_child_of_what_is_current_there() {
    let (spans, post) = recorded();
    let batch = received(&post, 2);
    process_batch(&batch, async {
        let active = {
            use opentelemetry::Context;
            use opentelemetry::trace::{TraceContextExt, Tracer};
            let cx = Context::current();
            cx.with_span(spans.tracer().start_with_context("store", &cx)).attach()
        };
        post.client.settle_batch("ack", &batch).end();
        drop(active);
    })
    .await;
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        send orders         PRODUCER  #2
        process orders      CONSUMER  links: #1, #2
        └ store             INTERNAL
          └ ack orders      CLIENT    links: #1, #2
        ",
    );
}

#[test]
fn what_was_processed_one_by_one_is_settled_below_what_is_current_or_else_the_last() {
    for is_current in [true, false] {
        let (spans, post) = recorded();
        let batch = received(&post, 2);
        for order in &batch {
            order.process_blocking(|| ());
        }
        let active = is_current.then(|| application_span(&spans, "loop").attach());
        post.client.settle_batch("ack", &batch).end();
        drop(active);
        spans.assert_tree(if is_current {
            "
            send orders             PRODUCER  #1
            └ process orders        CONSUMER  links: #1
            send orders             PRODUCER  #2
            └ process orders        CONSUMER  links: #2
            loop                    INTERNAL
            └ ack orders            CLIENT    links: #1, #2
            "
        } else {
            "
            send orders             PRODUCER  #1
            └ process orders        CONSUMER  links: #1
            send orders             PRODUCER  #2
            └ process orders        CONSUMER  links: #2
              └ ack orders          CLIENT    links: #1, #2
            "
        });
    }
}

#[test]
fn what_nobody_processed_is_settled_below_the_last_creation_context_and_never_a_trace_of_its_own() {
    let (spans, post) = recorded();
    post.client.settle_batch("ack", &received(&post, 2)).end();
    post.client.settle_batch("ack", &[post.receive(letter([])), post.receive(letter([]))]).end();
    post.client.settle_batch("ack", &received(&post, 0)).end();
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        send orders         PRODUCER  #2
        └ ack orders        CLIENT    links: #1, #2
        ",
    );
}

#[test]
fn links_beyond_the_limit_are_counted() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().max_batch_links(2).build());
    post.client.settle_batch("ack", &received(&post, 5)).end();
    let ack = span(&spans, "ack orders");
    assert_eq!(ack.links.len(), 2);
    let dropped = ack.attributes.iter().find(|it| it.key.as_str() == "tracehop.batch.links_dropped");
    assert_eq!(dropped.map(|it| it.value.to_string()).as_deref(), Some("3"));
}

#[test]
fn without_settle_spans_or_an_sdk_there_is_no_span() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().settle_spans(false).build());
    post.client.settle_batch("ack", &received(&post, 1)).end();
    spans.assert_tree("send orders  PRODUCER");
    let post = Post::new(&MessagingTracer::global());
    assert!(!post.client.settle_batch("ack", &received(&post, 3)).is_recording());
}

#[test]
fn a_last_message_that_can_be_no_parent_leaves_it_to_one_before() {
    let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    for last in [letter([]), letter([("traceparent", "00-poison")]), letter([("traceparent", unsampled)])] {
        let spans = SpanRecorder::new();
        let post = Post::new(&spans.messaging_tracer_builder().trust_unsampled(true).build());
        let mut batch = received(&post, 1);
        batch.push(post.receive(last));
        post.client.settle_batch("ack", &batch).end();
        let parent = span(&spans, "send orders").span_context.span_id();
        assert_eq!(span(&spans, "ack orders").parent_span_id, parent);
    }
}
