//! `RabbitMQ`: the service of the page for beginners, and what it shows for many orders at once.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::TryStreamExt as _;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, ConnectionProperties};
use tracehop_rabbitmq::{MessagingTracer, TracedConnection, TracedConsumer};

use super::code::{rabbitmq_concurrent, rabbitmq_service, rabbitmq_tasks};
use super::orders::{BROKEN, ORDERS, SLOW, assert_in_trace, number, traceparent};
use super::program::Program;
use super::service;
use crate::support::rabbitmq::{connect_bare, headers, table};
use crate::support::within;

/// Publishes the orders to the queue that the service declares.
async fn place_orders(program: &Program, channel: &Channel) {
    let queue = program.name("orders");
    for order in 0..ORDERS {
        let (payload, context) = (order.to_string(), [("traceparent", traceparent(order))]);
        let publish = async || {
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let properties = BasicProperties::default().with_headers(table(&context)).with_delivery_mode(2);
            let published = channel.basic_publish(
                "".into(),
                queue.as_str().into(),
                options,
                payload.as_bytes(),
                properties,
            );
            within(async { published.await.unwrap().await.unwrap() }).await
        };
        within(async {
            // It comes back while there is no such queue.
            while publish().await != Confirmation::Ack(None) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
}

async fn consume(channel: &Channel, queue: &str) -> lapin::Consumer {
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consumer = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    within(consumer).await.unwrap()
}

async fn next(consumer: &mut lapin::Consumer) -> Delivery {
    within(consumer.try_next()).await.unwrap().expect("the consumer goes on")
}

/// The order that cannot be handled is with the dead letters. The broker moves it with its headers.
async fn assert_dead_letter(program: &Program, channel: &Channel) {
    let letter = next(&mut consume(channel, &program.name("orders.dead")).await).await;
    assert_eq!(number(&letter.data), BROKEN);
    let context = letter.properties.headers().as_ref().and_then(|headers| headers.inner().get("traceparent"));
    let context = context.and_then(|context| context.as_long_string()).map(ToString::to_string);
    assert_eq!(context, Some(traceparent(BROKEN)));
}

/// Each order that can be handled has a shipment, in its trace.
async fn assert_shipments(program: &Program, channel: &Channel) {
    let mut shipments = consume(channel, &program.name("shipments")).await;
    let mut missing: BTreeSet<usize> = (0..ORDERS).filter(|order| *order != BROKEN).collect();
    while !missing.is_empty() {
        let shipment = next(&mut shipments).await;
        let order = number(&shipment.data);
        assert_ne!(order, BROKEN);
        assert_in_trace(order, &headers(&shipment.properties));
        missing.remove(&order);
    }
}

/// For code that is given its deliveries. The connection must stay.
async fn clients() -> (TracedConnection, TracedConsumer) {
    let (url, properties) = (service::address("amqp://localhost:5672"), ConnectionProperties::default());
    let connection = TracedConnection::connect(url, properties, &MessagingTracer::global()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    rabbitmq_service::declare(&channel).await.unwrap();
    channel.basic_qos(16, BasicQosOptions::default()).await.unwrap();
    let (queue, options) = (service::name("orders"), BasicConsumeOptions::default());
    let orders = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    let orders = orders.await.unwrap();
    (connection, orders)
}

/// Kills a service while it handles an order, and these others are handled.
async fn assert_survives(program: &Program, others: impl Iterator<Item = usize>, has_shipments: bool) {
    let (_connection, channel) = connect_bare().await;
    let mut first = program.start();
    place_orders(program, &channel).await;
    first.hangs().await;
    first.has_handled(others).await;
    let first = first.kill().await;
    assert!(!first.contains(&SLOW));

    let mut second = program.start_with(&[BROKEN], &[]);
    second.has_handled((0..ORDERS).filter(|order| !first.contains(order))).await;
    assert_dead_letter(program, &channel).await;
    if has_shipments {
        assert_shipments(program, &channel).await;
    }
    second.kill().await;
    for queue in ["orders", "orders.dead", "shipments"] {
        let deleted = channel.queue_delete(program.name(queue).into(), QueueDeleteOptions::default());
        within(deleted).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_for_beginners_loses_no_order_when_it_is_killed() {
    if service::starts_here() {
        return rabbitmq_service::main().await.unwrap();
    }
    let program = Program::of(the_service_for_beginners_loses_no_order_when_it_is_killed);
    assert_survives(&program, 0..SLOW, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_handlers_lose_no_order_when_they_are_killed() {
    if service::starts_here() {
        let (_connection, orders) = clients().await;
        return rabbitmq_concurrent::run(orders).await.unwrap();
    }
    let program = Program::of(concurrent_handlers_lose_no_order_when_they_are_killed);
    assert_survives(&program, (0..ORDERS).filter(|order| *order != SLOW), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_for_each_order_loses_none_when_it_is_killed() {
    if service::starts_here() {
        let (_connection, orders) = clients().await;
        return rabbitmq_tasks::run(orders).await.unwrap();
    }
    let program = Program::of(a_task_for_each_order_loses_none_when_it_is_killed);
    assert_survives(&program, (0..ORDERS).filter(|order| *order != SLOW), false).await;
}
