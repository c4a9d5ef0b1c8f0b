//! Connections that are lost.

use std::sync::Arc;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::context::{ContextBuilder, PublishErrorKind};
use futures::FutureExt;
use tracehop_brokers::{Direction, Fault, FaultProxy};
use tracehop_nats::IntoTraced;
use tracehop_testing::SpanRecorder;

use crate::support::{DEADLINE, Fixture, next, url, within};

/// Nothing of what the server says is passed on.
const HALF_OPEN: Fault = Fault::black_hole().of(Direction::ToClient);

async fn through(proxy: &FaultProxy) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    // Once the connection is lost there is nobody to go back to.
    let options = ConnectOptions::new().max_reconnects(1).ping_interval(Duration::from_secs(60));
    Fixture::at(&proxy.in_url(&url()), options, spans, tracer).await
}

#[tokio::test]
async fn a_publish_in_flight_when_the_connection_is_lost_ends_with_the_clients_error_once() {
    let proxy = FaultProxy::start(&url()).unwrap();
    let test = through(&proxy).await;
    test.stream("orders").await;
    let context = ContextBuilder::new().timeout(Duration::from_secs(3)).build(test.client.inner().clone());
    let context = context.traced(&test.tracer);
    proxy.apply(HALF_OPEN);
    let subject = format!("{}.new", test.name("orders"));
    let ack = context.publish(subject.clone(), "{}".into()).await.unwrap();
    let orphan = context.publish(subject, "{}".into()).await.unwrap();
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 2));
    proxy.apply(Fault::outage());
    drop(orphan);
    let error = within(ack.into_future()).await.unwrap_err();
    let expected = match error.kind() {
        PublishErrorKind::TimedOut => "timed_out",
        PublishErrorKind::BrokenPipe => "broken_pipe",
        other => panic!("{other:?}"),
    };
    let expected = format!(
        "
        publish orders.new  PRODUCER  error={expected}
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        "
    );
    test.tree(2).await.events(true).assert(&expected);
}

#[tokio::test]
async fn an_answer_that_does_not_come_while_it_is_awaited_is_a_failure() {
    let proxy = FaultProxy::start(&url()).unwrap();
    let test = through(&proxy).await;
    test.stream("orders").await;
    let context = |timeout| ContextBuilder::new().timeout(timeout).build(test.client.inner().clone());
    let patient = context(DEADLINE).traced(&test.tracer);
    let impatient = context(Duration::from_millis(1)).traced(&test.tracer);
    proxy.apply(HALF_OPEN);
    let subject = format!("{}.new", test.name("orders"));

    let ack = impatient.publish(subject.clone(), "{}".into()).await.unwrap();
    assert_eq!(within(ack.into_future()).await.unwrap_err().kind(), PublishErrorKind::TimedOut);
    // Somebody else's patience ends first.
    let ack = patient.publish(subject.clone(), "{}".into()).await.unwrap();
    tokio::time::timeout(Duration::from_millis(1), ack.into_future()).await.unwrap_err();
    let ack = patient.publish(subject.clone(), "{}".into()).await.unwrap().into_future();
    assert!(ack.now_or_never().is_none());
    // Nobody waited.
    drop(patient.publish(subject, "{}".into()).await.unwrap().into_future());
    test.tree(4).await.events(true).assert(
        "
        publish orders.new  PRODUCER  error=timed_out
        publish orders.new  PRODUCER  error=abandoned  events: tracehop.unconfirmed
        publish orders.new  PRODUCER  error=abandoned  events: tracehop.unconfirmed
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        ",
    );
}

#[tokio::test]
async fn a_request_in_flight_when_the_connection_is_lost_ends_with_the_clients_error_once() {
    let proxy = FaultProxy::start(&url()).unwrap();
    let test = through(&proxy).await;
    let mut prices = test.client.subscribe(test.name("prices")).await.unwrap();
    test.subscribed().await;
    let request = async_nats::Request::new().timeout(Some(Duration::from_secs(3)));
    let asked = test.client.send_request(test.name("prices"), request);
    let lost = async {
        next(&mut prices).await;
        proxy.apply(Fault::outage());
    };
    let (reply, ()) = within(futures::future::join(asked, lost)).await;
    reply.unwrap_err();
    let span = test.ended(1).await.remove(0);
    assert_eq!(test.spans.unfinished(), 0);
    let error = crate::support::attribute(&span, "error.type").unwrap();
    assert!(["timed_out", "_OTHER"].contains(&error.as_str()), "{error}");
}

#[tokio::test]
async fn a_publish_after_the_connection_is_gone_for_good_is_the_clients_error() {
    let proxy = FaultProxy::start(&url()).unwrap();
    let test = through(&proxy).await;
    within(test.client.drain()).await.unwrap();
    let mut published = Ok(());
    within(async {
        while published.is_ok() {
            published = test.client.publish(test.name("orders"), "{}".into()).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
    let last = test.spans.finished().pop().unwrap();
    assert_eq!(crate::support::attribute(&last, "error.type").as_deref(), Some("send"));
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn clients_that_others_hold_too_can_be_traced() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let client = Arc::new(test.client.inner().clone());
    let context = Arc::new(test.context().into_inner());
    let subject = format!("{}.new", test.name("orders"));
    Arc::clone(&client).traced(&test.tracer).publish(subject.clone(), "{}".into()).await.unwrap();
    let ack = within(Arc::clone(&context).traced(&test.tracer).publish(subject, "{}".into())).await.unwrap();
    within(ack.into_future()).await.unwrap();
    test.tree(2).await.assert("publish orders.new  PRODUCER\npublish orders.new  PRODUCER");
}
