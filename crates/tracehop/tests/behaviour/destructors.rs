//! What runs because a handler ends, or never runs.

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use crate::mail::{SendsWhenDropped, recorded};

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
