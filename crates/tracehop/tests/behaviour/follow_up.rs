//! What follows from a message, which knows the span in which it was processed.

use std::time::{Duration, SystemTime};

use futures::FutureExt;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, Post, SendsWhenDropped, current_baggage, decline, letter, orders, recorded, value,
};

#[tokio::test]
async fn what_follows_up_on_a_message_runs_below_the_span_that_has_ended() {
    let (spans, post) = recorded();
    let tenant = Context::new().with_baggage([KeyValue::new("tenant", "a")]).attach();
    let sent = post.send("orders");
    drop(tenant);
    let order = post.receive(sent);
    order.process(decline()).await.unwrap_err();
    let parcel = order
        .follow_up(async {
            tokio::task::yield_now().await;
            assert_eq!(current_baggage(), ["tenant=a"]);
            // With copied headers or without.
            post.send_with("dead", order.headers.clone());
            post.send("parcels")
        })
        .await;
    assert!(!Context::current().has_active_span());
    assert_eq!(value(&parcel.headers, "baggage").as_deref(), Some("tenant=a"));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1  error=DECLINED
          ├ send dead        PRODUCER
          └ send parcels     PRODUCER
        ",
    );
}

#[test]
fn so_does_what_blocks() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    let parcel = order.follow_up_blocking(|| post.send("parcels"));
    assert_eq!(parcel.topic, "parcels");
    assert!(!Context::current().has_active_span());
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send parcels     PRODUCER
        ",
    );
}

#[tokio::test]
async fn also_if_the_message_carried_no_context() {
    let (spans, post) = recorded();
    let order = post.receive(Letter { topic: "orders", ..Letter::default() });
    order.process_blocking(|| ());
    order.clone().follow_up(async { drop(post.send("parcels")) }).await;
    spans.assert_tree("process orders  CONSUMER\n└ send parcels  PRODUCER");
}

#[tokio::test]
async fn a_message_that_was_not_processed_is_followed_up_below_its_send() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let mut follow_up = Box::pin(order.follow_up(async {
        let _guard = SendsWhenDropped(post.clone());
        std::future::pending::<()>().await;
    }));
    assert!((&mut follow_up).now_or_never().is_none());
    drop(follow_up);
    spans.assert_tree("send orders  PRODUCER\n└ send released  PRODUCER");
}

#[tokio::test]
async fn inside_the_handler_a_follow_up_changes_nothing() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process(order.follow_up(async { drop(post.send("parcels")) }).map(|()| ())).await;
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send parcels     PRODUCER
        ",
    );
}

/// Two consumer groups of one process, which get the same message.
#[tokio::test]
async fn each_handling_of_a_message_keeps_what_follows_from_it() {
    let (spans, post) = recorded();
    let sent = post.send("orders");
    let (billing, shipping) = (post.receive(sent.clone()), post.receive(sent));
    billing.process_blocking(|| ());
    shipping.process_blocking(|| ());
    for group in [&billing, &shipping] {
        group.follow_up(async { drop(post.send("parcels")) }).await;
        post.client.settle_received("ack", &orders(), group).end();
    }
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        ├ process orders     CONSUMER  links: #1
        │ ├ send parcels     PRODUCER
        │ └ ack orders       CLIENT
        └ process orders     CONSUMER  links: #1
          ├ send parcels     PRODUCER
          └ ack orders       CLIENT
        ",
    );
}

/// Both handlers write down their span in the same message. What one of them does still belongs to it.
#[tokio::test]
async fn two_handlers_of_one_message_at_once_keep_what_they_do() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let handler = |topic| {
        let (post, order) = (&post, &order);
        async move {
            tokio::task::yield_now().await;
            post.send_with(topic, order.headers.clone());
            post.client.settle_received("ack", &orders(), order).end();
            order.follow_up(async { drop(post.send(topic)) }).await;
        }
    };
    tokio::join!(order.process(handler("parcels")), order.process(handler("invoices")));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        ├ process orders     CONSUMER  links: #1
        │ ├ send parcels     PRODUCER
        │ ├ ack orders       CLIENT
        │ └ send parcels     PRODUCER
        └ process orders     CONSUMER  links: #1
          ├ send invoices    PRODUCER
          ├ ack orders       CLIENT
          └ send invoices    PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_handler_that_lost_its_context_is_followed_up_below_its_span() {
    use opentelemetry::trace::FutureExt;
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let handler = async {
        post.client.settle_received("ack", &orders(), &order).end();
        order.follow_up(async { drop(post.send("parcels")) }).await;
    };
    order.process(handler.with_context(Context::new())).await;
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          ├ ack orders       CLIENT
          └ send parcels     PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_message_knows_where_it_was_processed_however_many_came_after_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    for _ in 0..20_000 {
        spans.clear();
        post.receive(post.send("others")).process_blocking(|| ());
    }
    spans.clear();
    order.follow_up(async { drop(post.send("parcels")) }).await;
    post.client.settle_received("ack", &orders(), &order).end();
    spans.assert_tree(
        "
        (not recorded)
        ├ send parcels     PRODUCER
        └ ack orders       CLIENT
        ",
    );
    // One span is the parent of both, and it is not the message's own.
    let parents: Vec<_> = spans.finished().iter().map(|span| span.parent_span_id).collect();
    assert_eq!(parents[0], parents[1]);
    assert_ne!(parents[0], order.creation().span_id());
}

#[tokio::test]
async fn each_message_of_a_batch_is_followed_up_below_the_batch() {
    let (spans, post) = recorded();
    let batch = [post.receive(post.send("orders")), post.receive(letter([]))];
    post.client.process_batch(&batch).finish(&());
    for order in &batch {
        order.follow_up(async { drop(post.send("parcels")) }).await;
    }
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        process orders       CONSUMER  links: #1
        ├ send parcels       PRODUCER
        └ send parcels       PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_follow_up_that_was_made_before_the_handler_runs_below_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let follow_up = order.follow_up(async { drop(post.send("parcels")) });
    order.process_blocking(|| ());
    follow_up.await;
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send parcels     PRODUCER
        ",
    );
}

#[tokio::test]
async fn an_old_message_that_was_not_processed_is_not_continued_by_what_follows() {
    let spans = SpanRecorder::new();
    let an_hour = Duration::from_secs(3600);
    let post = Post::new(&spans.messaging_tracer_builder().max_age(an_hour).build());
    let sent_at = SystemTime::now().checked_sub(2 * an_hour);
    let order = post.receive(Letter { sent_at, ..post.send("orders") });
    order.follow_up(async { drop(post.send("parcels")) }).await;
    spans.assert_tree("send orders  PRODUCER\nsend parcels  PRODUCER");
}

#[test]
fn a_handler_that_runs_while_thousands_of_others_do_is_still_followed_up_in_its_span() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        // More than the process remembers.
        let (_, elsewhere) = recorded();
        for _ in 0..10_000 {
            post.receive(elsewhere.send("others"));
        }
        order.follow_up_blocking(|| post.send("parcels"));
    });
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send parcels     PRODUCER
        ",
    );
}
