//! Failures that are taken care of.

use tracehop_testing::SpanRecorder;

use crate::mail::{MailError, Post, application_span, decline, recorded};

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
async fn a_handler_that_gives_its_message_back_has_succeeded() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let order = order.process_owned(|order| async move { Ok::<_, MailError>(order) }).await.unwrap();
    assert_eq!(order.topic, "orders");
    spans.assert_tree("send orders  PRODUCER  #1\n└ process orders  CONSUMER  links: #1");
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
