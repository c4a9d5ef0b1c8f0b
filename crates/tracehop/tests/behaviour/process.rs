//! The span around a handler: how it starts, what runs in it, and all the ways it ends.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{self, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Link, Status, TraceContextExt};
use tokio::sync::oneshot;
use tracehop::{AttributeValue, Failure, OkValue, Outcome};

use crate::mail::{Letter, MailError, Post, TRACE_ID, TRACEPARENT, current_baggage, letter, recorded, span};

const A_SECOND: Duration = Duration::from_secs(1);

fn nothing_is_active() -> bool {
    !Context::current().has_active_span() && Context::current().baggage().is_empty()
}

#[tokio::test]
async fn a_handler_runs_in_a_span_that_links_to_the_send_and_continues_its_trace() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process(async {}).await;
    spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn what_a_handler_sends_is_a_child_of_its_span_also_after_an_await() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order
        .process(async {
            post.send("invoices");
            tokio::task::yield_now().await;
            let shipment = post.receive(post.send("shipments"));
            shipment.process(async { drop(post.send("parcels")) }).await;
        })
        .await;
    spans.assert_tree(
        "
        send orders             PRODUCER  #1
        └ process orders        CONSUMER  #2  links: #1
          ├ send invoices       PRODUCER
          └ send shipments      PRODUCER  #3
            └ process shipments CONSUMER  links: #3, #2
              └ send parcels    PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_message_without_a_context_starts_a_trace() {
    let (spans, post) = recorded();
    post.receive(Letter { topic: "orders", ..Letter::default() }).process(async {}).await;
    spans.assert_tree("process orders  CONSUMER");
}

#[tokio::test]
async fn a_message_from_another_process_is_continued_and_linked() {
    let (spans, post) = recorded();
    post.receive_from_elsewhere().process(async {}).await;
    spans.assert_tree(
        "
        (remote)
        └ process orders  CONSUMER  links: (remote)
        ",
    );
    assert_eq!(span(&spans, "process orders").span_context.trace_id().to_string(), TRACE_ID);
}

#[tokio::test]
async fn the_result_comes_back_unchanged_and_success_leaves_the_status_unset() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    assert_eq!(order.process(async { Ok::<_, Infallible>(42) }).await, Ok(42));
    let span = span(&spans, "process orders");
    assert_eq!(span.status, Status::Unset);
    assert!(!span.attributes.iter().any(|attribute| attribute.key.as_str() == "error.type"));
}

#[tokio::test]
async fn an_error_becomes_error_type_and_status_description() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let result = order.process(async { Err::<(), _>(std::io::Error::other("disk full")) }).await;
    assert_eq!(result.unwrap_err().to_string(), "disk full");
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=std::io::error::Error");
    assert_eq!(span(&spans, "process orders").status, Status::error("disk full"));
}

#[tokio::test]
async fn every_kind_of_error_that_displays_is_understood() {
    async fn check<E: std::fmt::Display + 'static>(error: E, expected: &str) {
        let (spans, post) = recorded();
        let description = error.to_string();
        let order = post.receive(Letter { topic: "orders", ..Letter::default() });
        let _ = order.process(async { Err::<(), E>(error) }).await;
        spans.assert_tree(&format!("process orders  CONSUMER  error={expected}"));
        assert_eq!(span(&spans, "process orders").status, Status::error(description));
    }
    check(anyhow::anyhow!("no stock").context("order 42"), "anyhow::Error").await;
    check("no stock", "_OTHER").await;
    check("no stock".to_owned(), "_OTHER").await;
    check(Box::<dyn std::error::Error + Send + Sync>::from("no stock"), "_OTHER").await;
    check(MailError("BOX_FULL"), "BOX_FULL").await;
}

#[tokio::test]
async fn the_builder_decides_what_error_type_a_type_of_error_has() {
    let spans = tracehop_testing::SpanRecorder::new();
    let tracer = spans
        .messaging_tracer_builder()
        .error_type(|error: &std::io::Error| format!("{:?}", error.kind()))
        .error_type(|_: &MailError| "overruled")
        .build();
    let post = Post::new(&tracer);
    let order = post.receive(Letter { topic: "orders", ..Letter::default() });
    let _ = order.process(async { Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut)) }).await;
    let _ = order.process(async { Err::<(), _>(MailError("BOX_FULL")) }).await;
    spans.assert_tree(
        "
        process orders  CONSUMER  error=TimedOut
        process orders  CONSUMER  error=overruled
        ",
    );
}

#[tokio::test]
async fn a_result_of_ones_own_says_how_the_span_ends() {
    enum Verdict {
        Accepted,
        Rejected(String),
    }
    impl Outcome for Verdict {
        fn failure(&self) -> Option<Failure<'_>> {
            match self {
                Self::Accepted => None,
                Self::Rejected(why) => Some(Failure::new("rejected", why)),
            }
        }
    }
    let (spans, post) = recorded();
    let order = post.receive(Letter { topic: "orders", ..Letter::default() });
    order.process(async { Verdict::Accepted }).await;
    order.process(async { Verdict::Rejected("too late".into()) }).await;
    spans.assert_tree(
        "
        process orders  CONSUMER
        process orders  CONSUMER  error=rejected
        ",
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_has_failed_if_a_result_inside_its_result_is_an_error() {
    let (spans, post) = recorded();
    let order = post.receive(Letter { topic: "orders", ..Letter::default() });
    let limit = std::time::Duration::from_secs(1);
    let declined = || async { Err::<(), _>(MailError("DECLINED")) };
    assert!(matches!(
        order.process(tokio::time::timeout(limit, declined())).await,
        Ok(Err(MailError("DECLINED")))
    ));
    assert!(matches!(order.process(tokio::spawn(declined())).await, Ok(Err(MailError("DECLINED")))));
    assert!(matches!(
        order.process(tokio::time::timeout(limit, tokio::spawn(declined()))).await,
        Ok(Ok(Err(_)))
    ));
    assert!(order.process(tokio::time::timeout(limit, pending::<Result<(), MailError>>())).await.is_err());
    assert!(matches!(
        order.process(tokio::time::timeout(limit, async { Ok::<_, MailError>(3) })).await,
        Ok(Ok(3))
    ));
    spans.assert_tree(
        "
        process orders  CONSUMER  error=DECLINED
        process orders  CONSUMER  error=DECLINED
        process orders  CONSUMER  error=DECLINED
        process orders  CONSUMER  error=tokio::time::error::Elapsed
        process orders  CONSUMER
        ",
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_times_out_is_marked_cancelled() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let handler = order.process(async {
        post.send("invoices");
        pending::<()>().await;
    });
    tokio::time::timeout(A_SECOND, handler).await.unwrap_err();
    assert!(nothing_is_active());
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1  error=cancelled
          └ send invoices   PRODUCER
        ",
    );
    let description = "the handler was dropped before it was done";
    assert_eq!(span(&spans, "process orders").status, Status::error(description));
}

#[tokio::test]
async fn a_handler_that_is_never_polled_has_no_span() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    drop(order.process(async {}));
    drop(order.process_owned(|_| async {}));
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[tokio::test]
async fn a_span_whose_handler_is_never_polled_is_marked_cancelled() {
    let (spans, post) = recorded();
    drop(post.receive_from_elsewhere().start_process().run(async {}));
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=cancelled");
}

#[tokio::test]
async fn a_handler_that_panics_is_marked_and_leaves_nothing_attached() {
    let (spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    let handler = order.process_owned(|order| async move {
        tokio::task::yield_now().await;
        assert_eq!(order.topic, "the handler's own message");
    });
    // On this thread: the runtime has no other.
    let task = tokio::spawn(handler);
    assert!(task.await.unwrap_err().is_panic());
    assert!(nothing_is_active());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=panic");
    // Nor is the message taken for the one being processed: this is sent below the span that has ended.
    post.send_with("returned", letter([("traceparent", TRACEPARENT)]).headers);
    spans.assert_tree(
        "
        (remote)
        └ process orders      CONSUMER  links: (remote)  error=panic
          └ send returned     PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_panic_while_the_handler_is_made_is_marked() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let handler = order.process_owned(|_| -> std::future::Ready<()> { panic!("before there is a future") });
    assert!(tokio::spawn(handler).await.unwrap_err().is_panic());
    assert!(nothing_is_active());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=panic");
}

#[test]
fn a_blocking_handler_that_panics_is_marked_and_leaves_nothing_attached() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let handler = || order.process_blocking(|| -> () { panic!("the handler's own message") });
    panic::catch_unwind(AssertUnwindSafe(handler)).unwrap_err();
    assert!(nothing_is_active());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=panic");
}

#[test]
fn a_blocking_handler_runs_in_the_span_and_its_result_comes_back() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let result = order.process_blocking(|| {
        post.send("shipments");
        Err::<(), _>(MailError("BOX_FULL"))
    });
    assert_eq!(result, Err(MailError("BOX_FULL")));
    assert!(nothing_is_active());
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1  error=BOX_FULL
          └ send shipments   PRODUCER
        ",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_in_tasks_of_their_own_keep_their_spans_across_threads() {
    let (spans, post) = recorded();
    let orders: Vec<_> = (0..20).map(|_| post.receive(post.send("orders"))).collect();
    let tasks: Vec<_> = orders
        .into_iter()
        .map(|order| {
            let post = post.clone();
            tokio::spawn(order.process_owned(move |order| async move {
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(order.topic, "orders");
                post.send("shipments");
            }))
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let finished = spans.wait_for(60, 10 * A_SECOND).await;
    let parent_of = |name: &str| {
        let parent = if name == "send shipments" { "process orders" } else { "send orders" };
        move |id| finished.iter().any(|span| span.name == parent && span.span_context.span_id() == id)
    };
    for name in ["process orders", "send shipments"] {
        let is_parent = parent_of.clone()(name);
        let all: Vec<_> = spans.finished().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(all.len(), 20);
        let mut parents: Vec<_> = all.iter().map(|span| span.parent_span_id.to_string()).collect();
        assert!(all.iter().all(|span| is_parent(span.parent_span_id)));
        parents.sort();
        parents.dedup();
        assert_eq!(parents.len(), 20, "each {name} has a parent of its own");
    }
}

#[tokio::test]
async fn the_context_is_active_only_while_the_handler_is_polled() {
    let (spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    let (open, gate) = oneshot::channel::<()>();
    let mut handler = Box::pin(order.process(async {
        assert!(Context::current().has_active_span());
        gate.await.unwrap();
        assert!(Context::current().has_active_span());
    }));
    poll_fn(|task| {
        assert!(handler.as_mut().poll(task).is_pending());
        Poll::Ready(())
    })
    .await;
    assert!(nothing_is_active());
    open.send(()).unwrap();
    handler.await;
    assert!(nothing_is_active());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)");
}

#[tokio::test]
async fn handlers_that_take_turns_on_one_task_do_not_mix() {
    let (spans, post) = recorded();
    let orders = [post.receive(post.send("orders")), post.receive(post.send("orders"))];
    let mut handlers: FuturesUnordered<_> = orders
        .iter()
        .map(|order| {
            order.process(async {
                tokio::task::yield_now().await;
                post.send("shipments");
            })
        })
        .collect();
    while handlers.next().await.is_some() {}
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send shipments   PRODUCER
        send orders          PRODUCER  #2
        └ process orders     CONSUMER  links: #2
          └ send shipments   PRODUCER
        ",
    );
}

#[test]
fn a_span_in_hand_can_be_described_and_finished() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let mut process = order.start_process();
    assert!(process.is_recording());
    process.set_attribute("app.priority", AttributeValue::Int(1));
    assert_eq!(process.in_scope(|| Context::current().span().span_context().clone()), process.span_context());
    assert!(nothing_is_active());
    let span_context = process.span_context();
    assert_eq!(process.context().span().span_context(), &span_context);
    process.finish(&Ok::<(), Infallible>(()));
    spans.tree().attributes(["app.priority"]).assert(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1  app.priority=1
        ",
    );
}

#[test]
fn a_span_in_hand_can_be_failed() {
    let (spans, post) = recorded();
    let process = post.receive_from_elsewhere().start_process();
    process.fail(Failure::new("rejected", &"too late"));
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=rejected");
    assert_eq!(span(&spans, "process orders").status, Status::error("too late"));
}

#[test]
fn a_span_in_hand_that_is_dropped_is_marked_abandoned() {
    let (spans, post) = recorded();
    drop(post.receive_from_elsewhere().start_process());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)  error=abandoned");
}

#[test]
fn a_span_ends_although_somebody_keeps_its_context() {
    let (spans, post) = recorded();
    let process = post.receive_from_elsewhere().start_process();
    let kept = process.context().clone();
    process.finish(&());
    assert_eq!(spans.unfinished(), 0);
    assert!(!kept.span().is_recording());
}

#[tokio::test]
async fn the_messages_baggage_is_current_in_the_handler_and_goes_into_what_it_sends() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a%20b;p=1,user=c")]));
    let sent = order
        .process(async {
            assert_eq!(current_baggage(), ["tenant=a b", "user=c"]);
            Ok::<_, Infallible>(post.send("shipments"))
        })
        .await
        .unwrap();
    assert_eq!(crate::mail::value(&sent.headers, "baggage").as_deref(), Some("tenant=a%20b;p=1,user=c"));
}

#[test]
fn baggage_that_was_current_before_stays_only_if_the_message_has_none() {
    let (_spans, post) = recorded();
    let before = Context::new().with_baggage([KeyValue::new("before", "1")]);
    let _active = before.attach();
    post.receive_from_elsewhere().process_blocking(|| assert_eq!(current_baggage(), ["before=1"]));
    let order = post.receive(letter([("baggage", "tenant=a")]));
    order.process_blocking(|| assert_eq!(current_baggage(), ["tenant=a"]));
}

#[test]
fn other_values_of_the_current_context_reach_the_handler() {
    #[derive(Debug, PartialEq)]
    struct Deadline(u32);
    let (_spans, post) = recorded();
    let _active = Context::new().with_value(Deadline(7)).attach();
    post.receive_from_elsewhere()
        .process_blocking(|| assert_eq!(Context::current().get::<Deadline>(), Some(&Deadline(7))));
}

#[test]
fn received_messages_hand_out_the_clients_message() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("tenant", "a")]));
    assert_eq!((order.topic, order.message().topic), ("orders", "orders"));
    assert_eq!(order.creation().to_string(), TRACEPARENT);
    let copy = order.clone().map(|letter| letter.topic);
    assert_eq!((copy.message(), copy.creation()), (&"orders", order.creation()));
    assert_eq!(order.into_inner().headers.len(), 2);
}

#[test]
fn debug_output_shows_neither_payload_nor_header_values() {
    let (_spans, post) = recorded();
    let order =
        post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "user=alice"), ("key", "secret")]));
    let text = format!("{order:?} {:?} {:?} {:?}", order.creation(), order.headers, order.client_tracer());
    assert!(!text.contains("alice") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_handler_that_panics_says_so_itself() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let handler = order.process_owned(|_| async { panic!("the handler's own message") }.map(|()| ()));
    assert!(tokio::spawn(handler).await.unwrap_err().is_panic());
    // Not merely that a panic was under way when the span was dropped.
    assert_eq!(span(&spans, "process orders").status, Status::error("the handler panicked"));
}

/// Polls a future to its end when it is dropped, as destructors that clean up do.
struct PolledWhenDropped<F: Future<Output = ()>>(Pin<Box<F>>);

impl<F: Future<Output = ()>> Drop for PolledWhenDropped<F> {
    fn drop(&mut self) {
        let polled = self.0.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
        assert!(thread::panicking() && polled.is_ready());
    }
}

#[test]
fn a_handler_that_runs_while_somebody_elses_panic_unwinds_did_not_panic() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let elsewhere = || {
        let _cleans_up = PolledWhenDropped(Box::pin(order.start_process().run(async {
            post.send("shipments");
        })));
        panic!("somebody else's message");
    };
    panic::catch_unwind(AssertUnwindSafe(elsewhere)).unwrap_err();
    spans.assert_tree(
        "
        (remote)
        └ process orders       CONSUMER  links: (remote)
          └ send shipments     PRODUCER
        ",
    );
}

#[test]
fn a_future_that_is_polled_after_its_end_behaves_as_the_handler_does() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let mut polled = 0;
    let handler = poll_fn(|_| {
        polled += 1;
        match polled {
            2 => Poll::Pending,
            _ => Poll::Ready(Ok::<_, Infallible>(polled)),
        }
    });
    let mut process = Box::pin(order.start_process().run(handler));
    let mut poll = || process.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
    assert_eq!(poll(), Poll::Ready(Ok(1)));
    assert_eq!(spans.finished().len(), 1);
    assert_eq!(poll(), Poll::Pending);
    assert_eq!(poll(), Poll::Ready(Ok(3)));
    drop(process);
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)");
}

#[test]
fn a_future_that_is_polled_after_its_end_and_panics_leaves_the_span_alone() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    let mut process = Box::pin(order.start_process().run(async {}));
    let mut poll = || process.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
    assert_eq!(poll(), Poll::Ready(()));
    panic::catch_unwind(AssertUnwindSafe(poll)).unwrap_err();
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)");
}

#[test]
fn a_message_is_the_clients_own_and_comes_back() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("tenant", "a")]));
    assert_eq!(order.message().topic, "orders");
    assert_eq!(order.topic, "orders");
    let copy = order.clone();
    assert_eq!(copy.creation(), order.creation());
    assert_eq!(copy.client_tracer().tracer().problem_count(tracehop::Problem::HeaderRefused), 0);
    let owned = copy.map(|letter| (letter, 7));
    assert_eq!((owned.1, owned.creation()), (7, order.creation()));
    assert_eq!(order.into_inner().headers, letter([("traceparent", TRACEPARENT), ("tenant", "a")]).headers);
}

#[test]
fn a_message_that_does_not_say_when_it_was_made_is_never_too_old() {
    struct Timeless;
    impl tracehop::Inbound<crate::mail::Mail> for Timeless {
        fn info(&self) -> impl tracehop::Describe + '_ {
            tracehop::MessageInfo::to(tracehop::Destination::named("orders"))
        }
        fn carrier(&self) -> impl tracehop::Carrier + '_ {
            crate::mail::headers_of([("traceparent", TRACEPARENT)])
        }
    }
    let spans = tracehop_testing::SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().max_age(Duration::ZERO).build());
    post.client.received(Timeless).process_blocking(|| ());
    spans.assert_tree("(remote)\n└ process orders  CONSUMER  links: (remote)");
}

#[test]
fn a_process_span_takes_events_and_links() {
    let (spans, post) = recorded();
    let other = post.receive(post.send("prices"));
    let mut span = post.receive(post.send("orders")).start_process();
    span.add_event("priced", vec![KeyValue::new("price", 9)]);
    span.add_link(Link::with_context(other.creation().span_context()));
    span.finish(&());
    spans.tree().events(true).assert(
        "
        send prices         PRODUCER  #1
        send orders         PRODUCER  #2
        └ process orders    CONSUMER  links: #2, #1  events: priced
        ",
    );
}

/// A value that says by itself whether it is a failure.
struct Answer(Option<MailError>);

impl OkValue for Answer {
    fn inner_failure(&self) -> Option<Failure<'_>> {
        self.0.as_ref().map(Failure::of)
    }
}

#[tokio::test]
async fn a_fallback_whose_value_is_a_failure_took_care_of_nothing() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let refused = || Ok::<_, String>(Answer(Some(MailError("REFUSED"))));
    let handled = order.process_or(async { Err("declined") }, |_| async { refused() }).await;
    assert!(handled.is_ok());
    assert!(order.process_blocking_or(|| Err("declined"), |_| refused()).is_ok());
    spans.tree().events(true).assert(
        "
        send orders         PRODUCER  #1
        ├ process orders    CONSUMER  links: #1  error=REFUSED
        └ process orders    CONSUMER  links: #1  error=REFUSED
        ",
    );
}

/// An error that panics when somebody reads it.
#[derive(Debug, PartialEq)]
struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("as far as ")?;
        panic!("a mistake in the text of an error");
    }
}

#[test]
fn an_error_whose_text_panics_comes_back_all_the_same() {
    let (spans, post) = recorded();
    let order = post.receive_from_elsewhere();
    assert_eq!(order.process_blocking(|| Err::<(), _>(Unreadable)), Err(Unreadable));
    assert_eq!(span(&spans, "process orders").status, Status::error("as far as "));
}
