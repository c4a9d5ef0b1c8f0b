//! A handler's future may be dropped at any point: the span that has started ends once, and says why.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tokio::task::yield_now;
use tracehop::{Received, process_batch};
use tracehop_testing::polled;

use crate::mail::{Letter, Mail, Post, recorded};

type Order = Received<Letter, Mail>;

/// Drops what `start` makes after no poll, after one, and so on, as many as there are trees. With the last it is done.
async fn check<F: Future>(start: impl Fn(Post, Order) -> F, trees: &[&str]) {
    for (times, expected) in trees.iter().enumerate() {
        let (spans, post) = recorded();
        let order = post.receive_from_elsewhere();
        let output = polled(start(post, order), times).await;
        assert_eq!(output.is_some(), times + 1 == trees.len(), "after {times} polls");
        assert!(!Context::current().has_active_span(), "after {times} polls");
        assert_eq!(spans.unfinished(), 0, "after {times} polls");
        spans.tree().events(true).assert(expected);
    }
}

/// Waits before, between and after two sends.
async fn handle(post: Post) -> Result<(), String> {
    yield_now().await;
    post.send("invoices");
    yield_now().await;
    post.send("shipments");
    yield_now().await;
    Ok(())
}

const INTERRUPTED: &str = "
    (remote)
    └ process orders  CONSUMER  links: (remote)  error=cancelled
    ";
const INTERRUPTED_AFTER_ONE: &str = "
    (remote)
    └ process orders   CONSUMER  links: (remote)  error=cancelled
      └ send invoices  PRODUCER
    ";
const INTERRUPTED_AFTER_BOTH: &str = "
    (remote)
    └ process orders    CONSUMER  links: (remote)  error=cancelled
      ├ send invoices   PRODUCER
      └ send shipments  PRODUCER
    ";
const DONE: &str = "
    (remote)
    └ process orders    CONSUMER  links: (remote)
      ├ send invoices   PRODUCER
      └ send shipments  PRODUCER
    ";

/// Of a future that starts its span when it is first polled.
const LAZY: [&str; 5] = ["", INTERRUPTED, INTERRUPTED_AFTER_ONE, INTERRUPTED_AFTER_BOTH, DONE];

#[tokio::test]
async fn a_handler_that_is_dropped_after_any_poll_is_cancelled_once() {
    check(async |post, order| order.process(handle(post)).await, &LAZY).await;
}

#[tokio::test]
async fn a_handler_that_owns_its_message_is_cancelled_once() {
    check(|post, order| order.process_owned(|_| handle(post)), &LAZY).await;
}

#[tokio::test]
async fn a_handler_of_a_span_that_has_started_is_cancelled_before_its_first_poll_too() {
    let eager = [INTERRUPTED, INTERRUPTED, INTERRUPTED_AFTER_ONE, INTERRUPTED_AFTER_BOTH, DONE];
    check(|post, order| order.start_process().run(handle(post)), &eager).await;
}

#[tokio::test]
async fn a_fallback_that_is_dropped_leaves_the_failure_that_it_was_to_take_care_of() {
    let failing = async |post: Post, order: Order| {
        let handler = async {
            yield_now().await;
            Err::<(), _>("declined".to_owned())
        };
        let fallback = async |_| {
            yield_now().await;
            post.send("dead");
            yield_now().await;
            Ok::<_, String>(())
        };
        order.process_or(handler, fallback).await
    };
    check(
        failing,
        &[
            "",
            INTERRUPTED,
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)  error=cancelled
            ",
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)  error=cancelled
              └ send dead     PRODUCER
            ",
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)  events: tracehop.failure_handled
              └ send dead     PRODUCER
            ",
        ],
    )
    .await;
}

#[tokio::test]
async fn the_handler_of_a_batch_that_is_dropped_after_any_poll_is_cancelled_once() {
    const BATCH: &str = "process orders  CONSUMER  links: (remote)  error=cancelled";
    check(
        async |post, order| process_batch(&[order], handle(post)).await,
        &[
            "",
            BATCH,
            "
            process orders     CONSUMER  links: (remote)  error=cancelled
            └ send invoices    PRODUCER
            ",
            "
            process orders      CONSUMER  links: (remote)  error=cancelled
            ├ send invoices     PRODUCER
            └ send shipments    PRODUCER
            ",
            "
            process orders      CONSUMER  links: (remote)
            ├ send invoices     PRODUCER
            └ send shipments    PRODUCER
            ",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_follows_a_handler_is_done_or_not_and_makes_no_span_of_its_own() {
    check(
        async |post, order| {
            order.process(async {}).await;
            order.follow_up(handle(post)).await
        },
        &[
            "",
            "
            (remote)
            └ process orders  CONSUMER  links: (remote)
            ",
            "
            (remote)
            └ process orders   CONSUMER  links: (remote)
              └ send invoices  PRODUCER
            ",
            "
            (remote)
            └ process orders    CONSUMER  links: (remote)
              ├ send invoices   PRODUCER
              └ send shipments  PRODUCER
            ",
            DONE,
        ],
    )
    .await;
}
