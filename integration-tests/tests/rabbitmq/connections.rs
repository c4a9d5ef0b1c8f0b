//! Connections that are lost.

use futures::TryStreamExt;
use lapin::options::{BasicAckOptions, BasicPublishOptions, BasicQosOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation, ConnectionProperties};
use tokio::sync::mpsc;
use tracehop_testing::SpanRecorder;

use crate::proxy::Proxy;
use crate::support::{Fixture, attribute, next, publish, within};

async fn through(proxy: &Proxy, properties: ConnectionProperties) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    Fixture::at(&proxy.url, properties, spans, tracer).await
}

#[tokio::test]
async fn a_publish_in_flight_when_the_connection_is_lost_ends_with_the_clients_error_once() {
    let proxy = Proxy::start();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    proxy.hold_answers();
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    let confirm = within(test.channel.basic_publish("".into(), orders.clone(), options, b"{}", properties));
    let confirm = confirm.await.unwrap();
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 1));
    proxy.cut();
    let error = within(confirm).await.unwrap_err();
    assert!(error.is_io_error(), "{error:?}");
    test.tree(1).await.events(true).assert("publish orders  PRODUCER  error=connection_aborted");

    // What comes after fails at once.
    publish(&test.channel, "", orders.as_str(), BasicProperties::default()).await.unwrap_err();
    test.tree(2).await.assert(
        "
        publish orders  PRODUCER  error=connection_aborted
        publish orders  PRODUCER  error=invalid_channel_state
        ",
    );
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_confirm_that_was_dropped_before_the_connection_was_lost_ends_once() {
    let proxy = Proxy::start();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    proxy.hold_answers();
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    drop(within(test.channel.basic_publish("".into(), orders, options, b"{}", properties)).await.unwrap());
    proxy.cut();
    within(test.channel.wait_for_confirms()).await.unwrap_err();
    test.tree(1).await.events(true).assert("publish orders  PRODUCER  events: tracehop.unconfirmed");
}

#[tokio::test]
async fn a_consumer_tells_of_a_lost_connection_and_its_deliveries_are_not_settled() {
    let proxy = Proxy::start();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    test.publish(&orders, BasicProperties::default()).await;
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    proxy.cut();
    assert!(within(consumer.try_next()).await.unwrap_err().is_io_error());
    assert!(within(consumer.try_next()).await.unwrap().is_none());
    assert_eq!(within(order.process(order.ack(BasicAckOptions::default()))).await, Ok(false));
    test.tree(3).await.assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1
          └ ack orders    CLIENT  error=not_settled
        ",
    );
}

#[tokio::test]
async fn a_delegate_is_told_of_a_lost_connection_without_a_span() {
    let proxy = Proxy::start();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    let consumer = test.consume(&orders).await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    consumer.set_delegate(move |order| {
        let told = sender.send(order.map(|order| order.is_some()).map_err(|error| error.is_io_error()));
        async move { told.unwrap() }
    });
    proxy.cut();
    assert_eq!(within(seen.recv()).await.unwrap(), Err(true));
    assert_eq!(within(seen.recv()).await.unwrap(), Ok(false));
    test.tree(0).await.assert("");
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_consumer_goes_on_after_the_connection_was_recovered() {
    let proxy = Proxy::start();
    let test = through(&proxy, ConnectionProperties::default().enable_auto_recover()).await;
    let orders = test.queue("orders").await;
    within(test.channel.basic_qos(1, BasicQosOptions::default())).await.unwrap();
    test.publish(&orders, BasicProperties::default()).await;
    let mut consumer = test.consume(&orders).await;
    let lost = next(&mut consumer).await;
    proxy.cut();

    // The broker delivers it again, to the same stream.
    let order = next(&mut consumer).await;
    assert_eq!(lost.process(lost.ack(BasicAckOptions::default())).await, Ok(false));
    assert!(order.redelivered);
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    assert_eq!(recovered(&test, &orders).await, Confirmation::Ack(None));
    let order = next(&mut consumer).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();

    let spans = test.ended(8).await;
    let settled = spans.iter().filter(|span| span.name == "ack orders");
    let errors: Vec<_> = settled.map(|span| attribute(span, "error.type")).collect();
    assert_eq!(errors, [Some("not_settled".to_owned()), None, None]);
    assert_eq!(test.spans.unfinished(), 0);
}

/// Publishes as soon as the channel is back.
async fn recovered(test: &Fixture, queue: &ShortString) -> Confirmation {
    loop {
        match publish(&test.channel, "", queue.as_str(), BasicProperties::default()).await {
            Ok(confirmation) => return confirmation,
            // lapin's own way to wait works with its own errors.
            Err(error) => within(test.channel.wait_for_recovery(error)).await.unwrap(),
        }
    }
}
