//! The headers of a message that is sent on.

use opentelemetry::Value;
use tracehop::{CarrierMut, MemoryHeaders};

use crate::mail::{Letter, MailError, Post, letter, recorded, value};

/// Sends a message on as an adapter's `forward` does.
async fn forward(post: &Post, order: &tracehop::Received<Letter, crate::mail::Mail>) -> Letter {
    let mut headers = order.headers.clone();
    headers.apply(&order.forward_headers(&MailError("DECLINED"))).unwrap();
    order.forwarding(async { post.send_with("orders", headers) }).await
}

fn names(headers: &MemoryHeaders) -> Vec<String> {
    let mut names = Vec::new();
    tracehop::Carrier::for_each(headers, &mut |name, _| {
        names.push(String::from_utf8_lossy(name).into_owned());
    });
    names
}

#[tokio::test]
async fn fifty_forwards_leave_bounded_headers_a_count_and_one_trace() {
    let (spans, post) = recorded();
    let mut sent = post.send_with("orders", letter([("tenant", "a")]).headers);
    for attempt in 0..50 {
        let order = post.receive(sent);
        assert_eq!(order.attempts_before(), attempt);
        order.process_blocking(|| Err::<(), _>(MailError("DECLINED"))).unwrap_err();
        sent = forward(&post, &order).await;
    }
    assert_eq!(value(&sent.headers, "tracehop-attempts").as_deref(), Some("50"));
    assert_eq!(value(&sent.headers, "tracehop-reason").as_deref(), Some("the mail says DECLINED"));
    assert_eq!(names(&sent.headers), ["tenant", "tracehop-attempts", "tracehop-reason", "traceparent"]);
    let spans = spans.finished();
    assert_eq!(spans.len(), 101);
    let trace = spans[0].span_context.trace_id();
    assert!(spans.iter().all(|span| span.span_context.trace_id() == trace));
    // Each send says how many attempts there were before it.
    let attempts = spans.iter().filter(|span| span.name == "send orders").map(|send| {
        let mut said = send.attributes.iter().filter(|it| it.key.as_str() == "tracehop.message.attempts");
        said.next().map(|it| it.value.clone())
    });
    assert!(attempts.eq((0..=50).map(|attempt| (attempt > 0).then_some(Value::I64(attempt)))));
    // Each attempt is below the one before.
    let of_one_parent = |id| spans.iter().filter(|span| span.parent_span_id == id).count();
    assert!(spans.iter().all(|span| of_one_parent(span.span_context.span_id()) <= 1));
}

#[tokio::test]
async fn what_is_sent_on_gets_a_context_of_its_own_also_where_contexts_are_kept() {
    let spans = tracehop_testing::SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().existing(tracehop::Existing::Keep).build());
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| ());
    let sent = forward(&post, &order).await;
    assert_ne!(value(&sent.headers, "traceparent"), value(&order.headers, "traceparent"));
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send orders      PRODUCER
        ",
    );
}

#[tokio::test]
async fn without_an_sdk_what_is_sent_on_carries_the_messages_context_under_any_policy() {
    let noop = opentelemetry::trace::noop::NoopTracerProvider::new;
    for correlation in [tracehop::Correlation::Continue, tracehop::Correlation::Link] {
        let tracer = tracehop::MessagingTracer::builder().tracer_provider(noop()).correlation(correlation);
        let post = Post::new(&tracer.build());
        let order = post.receive_from_elsewhere();
        order.process_blocking(|| ());
        let sent = forward(&post, &order).await;
        assert_eq!(value(&sent.headers, "traceparent"), value(&order.headers, "traceparent"));
    }
}

#[test]
fn the_count_stops_where_it_would_no_longer_be_believed() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("tracehop-attempts", "999999")]));
    let mut headers = MemoryHeaders::new();
    headers.apply(&order.forward_headers("again")).unwrap();
    assert_eq!(value(&headers, "tracehop-attempts").as_deref(), Some("999999"));
}

#[test]
fn a_count_that_is_none_counts_as_the_first_time() {
    let (_spans, post) = recorded();
    for wrong in ["", "-1", "x", "99999999", "1.5"] {
        assert_eq!(post.receive(letter([("tracehop-attempts", wrong)])).attempts_before(), 0, "{wrong:?}");
    }
    // Of several the last one counts, as of everything that is appended.
    let twice = letter([("tracehop-attempts", "1"), ("tracehop-attempts", "2")]);
    assert_eq!(post.receive(twice).attempts_before(), 2);
}

#[tokio::test]
async fn what_a_batchs_handler_sends_on_is_linked_to_its_message_or_below_where_that_was_processed() {
    for is_processed in [false, true] {
        let (spans, post) = recorded();
        let orders = [post.receive(post.send("orders")), post.receive(post.send("orders"))];
        tracehop::process_batch(&orders, async {
            for order in &orders {
                if is_processed {
                    order.process(async {}).await;
                }
                forward(&post, order).await;
            }
        })
        .await;
        spans.assert_tree(if is_processed {
            "
            send orders             PRODUCER  #1
            └ process orders        CONSUMER  links: #1, #3
              └ send orders         PRODUCER
            send orders             PRODUCER  #2
            └ process orders        CONSUMER  links: #2, #3
              └ send orders         PRODUCER
            process orders          CONSUMER  #3  links: #1, #2
            "
        } else {
            "
            send orders             PRODUCER  #1
            send orders             PRODUCER  #2
            process orders          CONSUMER  links: #1, #2
            ├ send orders           PRODUCER  links: #1
            └ send orders           PRODUCER  links: #2
            "
        });
    }
}
