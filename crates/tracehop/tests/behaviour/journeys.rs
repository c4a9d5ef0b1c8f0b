//! Where the journey of a message goes on: after its handler, from other tasks, from destructors.

use std::time::{Duration, SystemTime};

use futures::FutureExt;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use tracehop::{Correlation, CreationContext, Destination, Existing, MessageInfo};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, MailError, Post, TRACEPARENT, application_span, current_baggage, headers_of, letter, recorded,
    value,
};

const DEAD_LETTER: &str = "
    send orders              PRODUCER  #1
    └ process orders         CONSUMER  links: #1  error=DECLINED
      └ send dead            PRODUCER  #2
        └ process dead       CONSUMER  links: #2
";

fn decline() -> impl Future<Output = Result<(), MailError>> {
    std::future::ready(Err(MailError("DECLINED")))
}

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

/// Sends a message when it is dropped.
struct SendsWhenDropped(Post);

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        self.0.send("released");
    }
}

#[tokio::test]
async fn what_the_destructors_of_a_cancelled_handler_send_is_a_child_of_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let mut handler = Box::pin(order.process(async {
        let _guard = SendsWhenDropped(post.clone());
        std::future::pending::<()>().await;
    }));
    assert!((&mut handler).now_or_never().is_none());
    drop(handler);
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1  error=cancelled
          └ send released    PRODUCER
        ",
    );
}

#[tokio::test]
async fn so_is_what_the_destructor_of_a_finished_future_sends() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let guard = SendsWhenDropped(post.clone());
    // A future that keeps what it holds until it is dropped, unlike an async block.
    let handler = std::future::poll_fn(move |_| {
        let _held = &guard;
        std::task::Poll::Ready(())
    });
    order.process(handler).await;
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send released    PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_destructor_that_panics_still_ends_the_span() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "the handler's own message");
        }
    }
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let mut handler = Box::pin(order.process(async {
        let _guard = Panics;
        std::future::pending::<()>().await;
    }));
    assert!((&mut handler).now_or_never().is_none());
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(handler)));
    assert!(dropped.is_err());
    assert!(!Context::current().has_active_span());
    spans.assert_tree("send orders  PRODUCER  #1\n└ process orders  CONSUMER  links: #1  error=cancelled");
}

#[tokio::test]
async fn a_failure_that_was_taken_care_of_is_none_of_the_spans() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let handled = order.process_or(decline(), |error| {
        assert_eq!(error, MailError("DECLINED"));
        let dead = post.send_with("dead", order.headers.clone());
        async move {
            assert_eq!(dead.topic, "dead");
            Ok::<_, String>(())
        }
    });
    handled.await.unwrap();
    spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  links: #1
          └ send dead            PRODUCER
        ",
    );
    let process = crate::mail::span(&spans, "process orders");
    let [event] = &process.events.events[..] else { panic!("{:?}", process.events) };
    assert_eq!(event.name, "tracehop.failure_handled");
    let said: Vec<_> =
        event.attributes.iter().map(|each| (each.key.as_str(), each.value.to_string())).collect();
    let reason = "the mail says DECLINED".to_owned();
    assert_eq!(said, [("error.type", "DECLINED".to_owned()), ("tracehop.reason", reason)]);
}

#[tokio::test]
async fn a_failure_that_could_not_be_taken_care_of_is_the_spans() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let refused = |_| async { Err::<(), _>(MailError("BOX_FULL")) };
    assert_eq!(order.process_or(decline(), refused).await, Err(MailError("BOX_FULL")));
    let never = |_| async { panic!("nothing failed") };
    assert_eq!(order.process_or(async { Ok::<_, MailError>(7) }, never).await, Ok::<_, MailError>(7));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        ├ process orders     CONSUMER  links: #1  error=BOX_FULL
        └ process orders     CONSUMER  links: #1
        ",
    );
    assert!(spans.finished().iter().all(|span| span.events.is_empty()));
}

#[test]
fn a_blocking_handlers_failure_can_be_taken_care_of_too() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let declined = || Err::<u32, _>(MailError("DECLINED"));
    let bury = |_| {
        post.send_with("dead", order.headers.clone());
        Ok::<_, MailError>(0)
    };
    assert_eq!(order.process_blocking_or(declined, bury), Ok(0));
    let refused = |_| Err(MailError("BOX_FULL"));
    assert_eq!(order.process_blocking_or(declined, refused), Err(MailError("BOX_FULL")));
    assert_eq!(order.process_blocking_or(|| Ok::<_, MailError>(7), refused), Ok(7));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        ├ process orders     CONSUMER  links: #1
        │ └ send dead        PRODUCER
        ├ process orders     CONSUMER  links: #1  error=BOX_FULL
        └ process orders     CONSUMER  links: #1
        ",
    );
    let events: Vec<usize> = spans.finished().iter().map(|span| span.events.len()).collect();
    assert_eq!(events.iter().sum::<usize>(), 1, "{events:?}");
}

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
async fn a_handler_that_gives_its_message_back_has_succeeded() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let order = order.process_owned(|order| async move { Ok::<_, MailError>(order) }).await.unwrap();
    assert_eq!(order.topic, "orders");
    spans.assert_tree("send orders  PRODUCER  #1\n└ process orders  CONSUMER  links: #1");
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
async fn what_a_follow_up_that_never_ran_drops_belongs_to_the_message_too() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    let guard = SendsWhenDropped(post.clone());
    drop(order.follow_up(async move { drop(guard) }));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send released    PRODUCER
        ",
    );
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
async fn without_a_span_of_its_own_a_failure_is_no_event_of_somebody_elses() {
    let spans = SpanRecorder::new();
    let noop = opentelemetry::trace::noop::NoopTracerProvider::new();
    let post = Post::new(&tracehop::MessagingTracer::builder().tracer_provider(noop).build());
    let active = application_span(&spans, "consume").attach();
    let order = post.receive_from_elsewhere();
    order.process_or(decline(), |_| async { Ok::<_, MailError>(()) }).await.unwrap();
    drop(active);
    assert!(crate::mail::span(&spans, "consume").events.events.is_empty());
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
        (missing)
        ├ send parcels     PRODUCER
        └ ack orders       CLIENT
        ",
    );
    // One span is the parent of both, and it is not the message's own.
    let parents: Vec<_> = spans.finished().iter().map(|span| span.parent_span_id).collect();
    assert_eq!(parents[0], parents[1]);
    assert_ne!(parents[0], order.creation().span_id());
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

fn orders() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}
