//! Handlers that do not end as they should, and contexts that are not recorded.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::future::pending;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use rdkafka::Message;
use support::{DEADLINE, Fixture, headers, next, order, send};
use tracehop::MessagingTracer;
use tracehop_testing::SpanRecorder;

#[tokio::test]
async fn a_handler_cancelled_by_a_timeout_leaves_a_span_that_says_so() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let handled = tokio::time::timeout(Duration::from_millis(10), message.process(pending::<()>())).await;
    assert!(handled.is_err());
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1  error=cancelled
        ",
    );
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn a_handler_that_panics_leaves_a_span_that_says_so() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await.map(|message| message.detach());
    let handler = message.process_owned(|message| async move {
        assert_eq!(message.payload(), None, "this order is broken");
    });
    assert!(tokio::spawn(handler).await.unwrap_err().is_panic());
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1  error=panic
        ",
    );
}

#[tokio::test]
async fn an_unsampled_parent_travels_on_and_nothing_is_recorded() {
    let test = Fixture::recording(SpanRecorder::unsampled());
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let first = next(&consumer).await;
    assert!(first.creation().is_valid() && !first.creation().is_sampled());
    first.process(async { send(&producer, order()).await }).await;
    let second = next(&consumer).await;
    assert_eq!(second.creation().trace_id(), first.creation().trace_id());
    assert_ne!(second.creation().span_id(), first.creation().span_id());
    assert!(!second.creation().is_sampled());
    test.spans.assert_tree("");
}

#[tokio::test]
async fn without_an_sdk_the_incoming_context_passes_through() {
    let tracer = MessagingTracer::builder()
        .tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new())
        .build();
    let test = Fixture::with_tracer(SpanRecorder::new(), tracer);
    let producer = test.producer();
    let incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    send(
        &producer,
        order().headers(headers(&[("traceparent", Some(incoming)), ("baggage", Some("tenant=a"))])),
    )
    .await;
    let consumer = test.consumer("orders");
    next(&consumer).await.process(async { send(&producer, order()).await }).await;
    let relayed = next(&consumer).await;
    assert_eq!(relayed.creation().to_string(), format!("{incoming};baggage=tenant=a"));
    assert_eq!(tokio::time::timeout(DEADLINE, test.spans.wait_for(0, DEADLINE)).await.unwrap().len(), 0);
}
