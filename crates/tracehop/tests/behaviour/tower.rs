//! Handlers that are services of tower.

use std::time::Duration;

use futures::FutureExt;
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};
use tracehop::{ProcessLayer, Received};

use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, Mail, MailError, Post, decline, recorded};

type Order = Received<Letter, Mail>;

async fn ship(post: Post, _: Order) -> Result<(), MailError> {
    tokio::task::yield_now().await;
    post.send("shipments");
    Ok(())
}

#[tokio::test]
async fn a_call_runs_inside_the_span_of_its_message() {
    let (spans, post) = recorded();
    let handler = post.clone();
    let service = ServiceBuilder::new()
        .layer(ProcessLayer)
        .service(service_fn(move |order| ship(handler.clone(), order)));
    service.oneshot(post.receive(post.send("orders"))).await.unwrap();
    spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  links: #1
          └ send shipments       PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_service_that_fails_fails_the_span_and_its_error_comes_back() {
    let (spans, post) = recorded();
    let service = ServiceBuilder::new().layer(ProcessLayer).service(service_fn(|_: Order| decline()));
    assert_eq!(service.oneshot(post.receive_from_elsewhere()).await, Err(MailError("DECLINED")));
    assert_eq!(error_type(&spans), "DECLINED");
}

#[tokio::test(start_paused = true)]
async fn what_stands_below_the_layer_fails_the_span() {
    let (spans, post) = recorded();
    let stall = service_fn(|_: Order| std::future::pending::<Result<(), BoxError>>());
    let service = ServiceBuilder::new().layer(ProcessLayer).timeout(Duration::from_secs(1)).service(stall);
    service.oneshot(post.receive_from_elsewhere()).await.unwrap_err();
    assert_eq!(error_type(&spans), "_OTHER");
}

#[tokio::test]
async fn a_call_that_is_dropped_says_so() {
    let (spans, post) = recorded();
    let stall = service_fn(|_: Order| std::future::pending::<Result<(), MailError>>());
    let service = ServiceBuilder::new().layer(ProcessLayer).service(stall);
    assert!(service.oneshot(post.receive_from_elsewhere()).now_or_never().is_none());
    assert_eq!(error_type(&spans), "cancelled");
}

fn error_type(spans: &SpanRecorder) -> String {
    let span = spans.finished().pop().unwrap();
    let error = span.attributes.iter().find(|attribute| attribute.key.as_str() == "error.type").unwrap();
    error.value.to_string()
}
