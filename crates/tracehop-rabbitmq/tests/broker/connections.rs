//! Connections that are lost.

use std::sync::Arc;

use futures::TryStreamExt;
use lapin::options::{BasicAckOptions, BasicPublishOptions, BasicQosOptions};
use lapin::types::ShortString;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};
use tokio::sync::mpsc;
use tracehop::ClientFacts;
use tracehop_brokers::{Fault, FaultProxy};
use tracehop_rabbitmq::{IntoTraced, TracedConnection};
use tracehop_testing::SpanRecorder;

use crate::support::{DEADLINE, Fixture, HALF_OPEN, attribute, consume, next, proxy, publish, url, within};

async fn through(proxy: &FaultProxy, properties: ConnectionProperties) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    Fixture::at(&proxy.in_url(&url()), properties, spans, tracer).await
}

#[tokio::test]
async fn a_publish_in_flight_when_the_connection_is_lost_ends_with_the_clients_error_once() {
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    proxy.apply(HALF_OPEN);
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    let confirm = within(test.channel.basic_publish("".into(), orders.clone(), options, b"{}", properties));
    let confirm = confirm.await.unwrap();
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 1));
    proxy.apply(Fault::cut());
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
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    proxy.apply(HALF_OPEN);
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    let confirm = test.channel.basic_publish("".into(), orders.clone(), options, b"{}", properties.clone());
    drop(within(confirm).await.unwrap());
    let mandatory = BasicPublishOptions { mandatory: true, ..options };
    drop(within(test.channel.basic_publish("".into(), orders, mandatory, b"{}", properties)).await.unwrap());
    assert_eq!(test.spans.unfinished(), 2);
    proxy.apply(Fault::cut());
    within(test.channel.wait_for_confirms()).await.unwrap_err();
    test.tree(2).await.events(true).assert(
        "
        publish orders  PRODUCER  error=connection_aborted
        publish orders  PRODUCER  error=connection_aborted
        ",
    );
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn confirms_that_nobody_waits_for_end_with_their_channel() {
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    proxy.apply(HALF_OPEN);
    for mandatory in [false, true] {
        let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
        let channel = test.channel.clone();
        let confirm =
            channel.basic_publish("".into(), orders.clone(), options, b"{}", BasicProperties::default());
        drop(within(confirm).await.unwrap());
    }
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 2));
    let Fixture { spans, connection, channel, .. } = test;
    drop(channel);
    let events = spans.finished().into_iter().map(|span| span.events.first().unwrap().name.clone());
    assert_eq!(events.collect::<Vec<_>>(), ["tracehop.unconfirmed"; 2]);
    assert_eq!(spans.unfinished(), 0);
    drop(connection);
}

#[tokio::test]
async fn the_broker_that_a_connection_goes_to_is_in_the_spans_of_its_channels() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let proxy = proxy();
    let url = proxy.in_url(&url());
    let uri: AMQPUri = url.parse().unwrap();
    let connecting = TracedConnection::connect(&url, ConnectionProperties::default(), &tracer);
    let connection = within(connecting).await.unwrap();
    let bare = within(Connection::connect(&url, ConnectionProperties::default())).await.unwrap();
    let told = bare.traced(&tracer).with_uri(&uri);
    let read = TracedConnection::connect_uri(uri.clone(), ConnectionProperties::default(), &tracer);
    for connection in [connection, told, within(read).await.unwrap()] {
        let connection = connection.with_facts(ClientFacts::default().client_id("checkout-1"));
        let connection = connection.with_templates(["order.{id}.new"]);
        let channel = within(connection.create_channel()).await.unwrap();
        publish(&channel, "amq.topic", "order.7.new", BasicProperties::default()).await.unwrap();
        let span = spans.wait_for(1, DEADLINE).await.pop().unwrap();
        assert_eq!(span.name, "publish order.{id}.new");
        let port = uri.authority.port.to_string();
        for (key, expected) in [
            ("server.address", "127.0.0.1"),
            ("server.port", port.as_str()),
            ("messaging.client.id", "checkout-1"),
        ] {
            assert_eq!(attribute(&span, key).as_deref(), Some(expected), "{key}");
        }
        spans.clear();
        assert!(!format!("{connection:?}").contains("guest"));
    }
}

#[tokio::test]
async fn a_connection_and_a_channel_that_others_hold_too_can_be_traced() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let connection = within(Connection::connect(&url(), ConnectionProperties::default())).await.unwrap();
    let connection = Arc::new(connection);
    let traced = Arc::clone(&connection).traced(&test.tracer);
    let channel = within(traced.create_channel()).await.unwrap();
    publish(&channel, "", orders.as_str(), BasicProperties::default()).await.unwrap();
    let channel = Arc::new(within(connection.create_channel()).await.unwrap());
    let channel = Arc::clone(&channel).traced(&test.tracer);
    publish(&channel, "", orders.as_str(), BasicProperties::default()).await.unwrap();
    test.tree(2).await.assert("publish orders  PRODUCER\npublish orders  PRODUCER");
    assert!(Arc::ptr_eq(&traced.into_inner(), &connection));
}

#[tokio::test]
async fn what_is_traced_twice_makes_one_span_by_the_last_tracer() {
    let test = Fixture::new().await;
    let (orders, facts) = (test.queue("orders").await, ClientFacts::default().server("rabbit-1", 5672));
    let last = SpanRecorder::new();
    let tracer = last.messaging_tracer();
    let connection = within(Connection::connect(&url(), ConnectionProperties::default())).await.unwrap();
    let connection = connection.traced(&test.tracer).with_facts(facts).traced(&tracer);
    let channel = within(connection.create_channel()).await.unwrap();
    publish(&channel, "", orders.as_str(), BasicProperties::default()).await.unwrap();
    let channel = channel.traced(&test.tracer).traced(&tracer);
    publish(&channel, "", orders.as_str(), BasicProperties::default()).await.unwrap();
    let mut consumer = consume(&test.channel, &orders).await.traced(&tracer);
    let order = next(&mut consumer).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    let spans = last.wait_for(4, DEADLINE).await;
    let names: Vec<_> = spans.iter().map(|span| span.name.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["publish", "publish", "process", "ack"]);
    assert_eq!(attribute(&spans[1], "server.address").as_deref(), Some("rabbit-1"));
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 0));
}

#[tokio::test]
async fn a_consumer_tells_of_a_lost_connection_and_its_deliveries_are_not_settled() {
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    test.publish(&orders, BasicProperties::default()).await;
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    proxy.apply(Fault::cut());
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
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default()).await;
    let orders = test.queue("orders").await;
    let consumer = test.consume(&orders).await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    consumer.set_delegate(move |order| {
        let told = sender.send(order.map(|order| order.is_some()).map_err(|error| error.is_io_error()));
        async move { told.unwrap() }
    });
    proxy.apply(Fault::cut());
    assert_eq!(within(seen.recv()).await.unwrap(), Err(true));
    assert_eq!(within(seen.recv()).await.unwrap(), Ok(false));
    test.tree(0).await.assert("");
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_consumer_goes_on_after_the_connection_was_recovered() {
    let proxy = proxy();
    let test = through(&proxy, ConnectionProperties::default().enable_auto_recover()).await;
    let orders = test.queue("orders").await;
    within(test.channel.basic_qos(1, BasicQosOptions::default())).await.unwrap();
    test.publish(&orders, BasicProperties::default()).await;
    let mut consumer = test.consume(&orders).await;
    let lost = next(&mut consumer).await;
    proxy.apply(Fault::cut());

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
