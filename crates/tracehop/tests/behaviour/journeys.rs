//! Where the journey of a message goes on: after its handler, from other tasks, from a row.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer};
use tracehop::{Correlation, CreationContext, Existing};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, MailError, Post, TRACEPARENT, application_span, decline, headers_of, letter, orders, recorded,
    value,
};

const DEAD_LETTER: &str = "
    send orders              PRODUCER  #1
    └ process orders         CONSUMER  links: #1  error=DECLINED
      └ send dead            PRODUCER  #2
        └ process dead       CONSUMER  links: #2
";

/// A consumer that sends what fails to dead letters after the handler, as people write it.
#[tokio::test]
async fn a_dead_letter_that_is_sent_after_the_handler_continues_the_journey() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    if order.process(decline()).await.is_err() {
        let dead = post.send_with("dead", order.headers.clone());
        post.receive(dead).process_blocking(|| ());
    }
    spans.assert_tree(DEAD_LETTER);
}

#[tokio::test]
async fn so_does_one_that_is_sent_from_a_spawned_task() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let sender = post.clone();
    let handler = async {
        let headers = order.headers.clone();
        let dead = tokio::spawn(async move { sender.send_with("dead", headers) }).await.unwrap();
        post.receive(dead).process_blocking(|| ());
        decline().await
    };
    assert!(order.process(handler).await.is_err());
    // The handler's span is active where the dead letter is processed, and so it is linked.
    spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  #2  links: #1  error=DECLINED
          └ send dead            PRODUCER  #3
            └ process dead       CONSUMER  links: #3, #2
        ",
    );
}

#[tokio::test]
async fn an_active_span_of_another_trace_is_linked_and_does_not_cut_the_journey() {
    let (spans, post) = recorded();
    let message = post.send("orders");
    let active = application_span(&spans, "consume").attach();
    let order = post.receive(message);
    assert!(order.process(decline()).await.is_err());
    post.send_with("dead", order.headers.clone());
    post.client.settle("ack", &orders(), || order.creation().clone()).end();
    drop(active);
    spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  links: #1, #2  error=DECLINED
          ├ send dead            PRODUCER  links: #2
          └ ack orders           CLIENT
        consume                  INTERNAL  #2
        ",
    );
}

#[tokio::test]
async fn nested_in_a_span_of_ones_own_what_is_sent_after_the_handler_is_still_below_it() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().correlation(Correlation::Nest).build());
    let message = post.send("orders");
    let active = application_span(&spans, "consume").attach();
    let order = post.receive(message);
    assert!(order.process(decline()).await.is_err());
    post.send_with("dead", order.headers.clone());
    post.client.settle("ack", &orders(), || order.creation().clone()).end();
    drop(active);
    spans.assert_tree(
        "
        send orders              PRODUCER  #1
        consume                  INTERNAL  #2
        └ process orders         CONSUMER  links: #1  error=DECLINED
          ├ send dead            PRODUCER  links: #2
          └ ack orders           CLIENT
        ",
    );
}

#[test]
fn a_message_that_is_sent_on_unprocessed_is_continued() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    post.send_with("archive", order.headers.clone());
    spans.assert_tree(
        "
        send orders        PRODUCER
        └ send archive     PRODUCER
        ",
    );
}

#[test]
fn under_a_policy_that_never_continues_it_is_linked() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().correlation(Correlation::Link).build());
    let order = post.receive(post.send("orders"));
    post.send_with("archive", order.headers.clone());
    spans.assert_tree("send orders  PRODUCER  #1\nsend archive  PRODUCER  links: #1");
}

#[test]
fn what_is_sent_on_after_the_handler_keeps_baggage_and_tracestate() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([
        ("traceparent", TRACEPARENT),
        ("tracestate", "vendor=1"),
        ("baggage", "tenant=a"),
    ]));
    order.process_blocking(|| ());
    let sent = post.send_with("dead", order.headers.clone());
    assert_ne!(value(&sent.headers, "traceparent").as_deref(), Some(TRACEPARENT));
    assert_eq!(value(&sent.headers, "tracestate").as_deref(), Some("vendor=1"));
    assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a"));
}

#[test]
fn a_context_of_which_this_process_knows_nothing_is_kept() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    // An outbox keeps the context of the handler, not that of the message.
    let mut row = String::new();
    order.process_blocking(|| row = CreationContext::from_context(&Context::current()).to_string());
    let sent = post.send_with("shipments", headers_of([("traceparent", &row)]));
    assert_eq!(value(&sent.headers, "traceparent"), Some(row));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  #2  links: #1
        send shipments       CLIENT    links: #2
        ",
    );
}

/// Two rows of one request have one context, and a row may be sent twice.
#[test]
fn a_row_is_kept_also_if_this_process_handled_one_of_the_same_context() {
    let (spans, post) = recorded();
    let request = application_span(&spans, "request").attach();
    let row = CreationContext::from_context(&Context::current()).to_string();
    drop(request);
    let sent = post.send_with("shipments", headers_of([("traceparent", &row)]));
    post.receive(sent).process_blocking(|| ());
    let again = post.send_with("invoices", headers_of([("traceparent", &row)]));
    assert_eq!(value(&again.headers, "traceparent"), Some(row));
    spans.assert_tree(
        "
        request                INTERNAL  #1
        └ process shipments    CONSUMER  links: #1
        send shipments         CLIENT    links: #1
        send invoices          CLIENT    links: #1
        ",
    );
}

#[test]
fn a_replay_may_keep_what_this_process_received() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().existing(Existing::Keep).build());
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    let sent = post.send_with("orders", order.headers.clone());
    assert_eq!(sent.headers, order.headers);
}

#[test]
fn the_current_spans_own_context_on_a_message_is_replaced_by_the_sends() {
    let (spans, post) = recorded();
    let request = application_span(&spans, "request").attach();
    let mut headers = headers_of([]);
    post.client.tracer().inject(&mut headers).unwrap();
    let sent = post.send_with("orders", headers);
    post.receive(sent).process_blocking(|| ());
    drop(request);
    spans.assert_tree(
        "
        request                INTERNAL  #1
        └ send orders          PRODUCER  #2
          └ process orders     CONSUMER  links: #2, #1
        ",
    );
}

#[test]
fn a_settlement_after_the_handler_is_a_child_of_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    post.client.settle("ack", &orders(), || order.creation().clone()).end();
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ ack orders       CLIENT
        ",
    );
}

#[test]
fn each_message_of_a_batch_is_settled_below_the_batch() {
    let (spans, post) = recorded();
    let batch = [(); 2].map(|()| post.receive(post.send("orders")));
    post.client.process_batch(&batch).finish(&());
    for order in &batch {
        post.client.settle("ack", &orders(), || order.creation().clone()).end();
    }
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        send orders          PRODUCER  #2
        process orders       CONSUMER  links: #1, #2
        ├ ack orders         CLIENT
        └ ack orders         CLIENT
        ",
    );
}

#[test]
fn without_an_sdk_a_dead_letter_carries_the_context_of_the_message() {
    let post = Post::new(&tracehop::MessagingTracer::global());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    order.process_blocking(|| ());
    assert_eq!(post.send_with("dead", order.headers.clone()).headers, order.headers);
}

#[test]
fn a_message_without_a_context_is_settled_below_its_handling() {
    let (spans, post) = recorded();
    let order = post.receive(Letter { topic: "orders", ..Letter::default() });
    for _ in 0..2 {
        order.process_blocking(|| post.client.settle_received("progress", &orders(), &order).end());
    }
    let consume = application_span(&spans, "consume").attach();
    post.client.settle_received("ack", &orders(), &order).end();
    drop(consume);
    spans.assert_tree(
        "
        process orders         CONSUMER
        └ progress orders      CLIENT
        process orders         CONSUMER
        ├ progress orders      CLIENT
        └ ack orders           CLIENT
        consume                INTERNAL
        ",
    );
}

#[test]
fn a_bridge_inside_of_a_span_links_to_what_it_sends_on() {
    let (spans, post) = recorded();
    let message = post.send("orders");
    let bridge = application_span(&spans, "bridge").attach();
    let order = post.receive(message);
    post.send_with("archive", order.headers.clone());
    drop(bridge);
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        bridge               INTERNAL
        └ send archive       PRODUCER  links: #1
        ",
    );
}

#[test]
fn the_first_message_that_a_tracer_receives_is_remembered_too() {
    let elsewhere = recorded().1.send("orders");
    let (spans, post) = recorded();
    let order = post.receive(elsewhere);
    post.send_with("archive", order.headers.clone());
    spans.assert_tree("(remote)\n└ send archive  PRODUCER");
}

#[test]
fn a_context_of_the_handler_is_replaced_also_inside_of_a_span_of_its_own() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        let mut headers = headers_of([]);
        post.client.tracer().inject(&mut headers).unwrap();
        let helper = Context::current_with_span(spans.tracer().start("helper"));
        let _active = helper.attach();
        post.send_with("parcels", headers);
    });
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ helper           INTERNAL
            └ send parcels   PRODUCER
        ",
    );
}

#[test]
fn a_second_handling_takes_the_place_of_the_first() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let at = SystemTime::now();
    order.process_blocking(|| Err::<(), _>(MailError("DECLINED"))).unwrap_err();
    order.process_blocking(|| ());
    assert!(at <= SystemTime::now());
    post.send_with("archive", order.headers.clone());
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        ├ process orders     CONSUMER  links: #1  error=DECLINED
        └ process orders     CONSUMER  links: #1
          └ send archive     PRODUCER
        ",
    );
}
