//! NATS `JetStream`: the service of the page for beginners, and what it shows for many orders at once.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{self, Context, stream};
use futures::StreamExt as _;
use tracehop::IntoTraced as _;
use tracehop_nats::{MessagingTracer, TracedMessages};

use super::code::{nats_concurrent, nats_service};
use super::orders::{BROKEN, ORDERS, SLOW, assert_in_trace, number, traceparent};
use super::program::Program;
use super::service;
use crate::support::nats::{connect, headers, map};
use crate::support::within;

/// Publishes the orders to the stream that the service makes.
async fn place_orders(program: &Program, context: &Context) {
    let subject = program.name("orders.new");
    for order in 0..ORDERS {
        let publish = async || {
            let headers = map(&[("traceparent", traceparent(order))]);
            context.publish_with_headers(subject.clone(), headers, order.to_string().into()).await?.await
        };
        within(async {
            // Nobody stores it while there is no stream.
            while publish().await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
}

/// Each order has a shipment, in its trace.
async fn assert_shipments(program: &Program, context: &Context) {
    let stream = within(context.get_stream(program.name("shop"))).await.unwrap();
    let config = pull::Config { filter_subject: program.name("shipments.>"), ..pull::Config::default() };
    let shipments = within(stream.create_consumer(config)).await.unwrap();
    let mut shipments = within(shipments.messages()).await.unwrap();
    let mut missing: BTreeSet<usize> = (0..ORDERS).collect();
    while !missing.is_empty() {
        let shipment = within(shipments.next()).await.expect("the stream goes on").unwrap();
        let order = number(&shipment.payload);
        assert_in_trace(order, &headers(shipment.headers.as_ref()));
        missing.remove(&order);
    }
}

/// For code that is given its messages.
async fn orders() -> TracedMessages<pull::Stream> {
    let client = async_nats::connect(service::address("localhost:4222")).await.unwrap();
    let config = stream::Config {
        name: service::name("shop").to_owned(),
        subjects: vec![service::name("orders.>").to_owned()],
        ..stream::Config::default()
    };
    let stream = jetstream::new(client).get_or_create_stream(config).await.unwrap();
    let config = pull::Config {
        durable_name: Some("shipping".to_owned()),
        ack_wait: Duration::from_secs(2),
        ..pull::Config::default()
    };
    let consumer = stream.get_or_create_consumer("shipping", config).await.unwrap();
    consumer.traced(&MessagingTracer::global()).messages().await.unwrap()
}

/// Kills a service while it handles an order, and these others are handled. One that failed comes again.
async fn assert_survives(program: &Program, others: impl Iterator<Item = usize>, has_shipments: bool) {
    let context = jetstream::new(connect().await);
    let mut first = program.start();
    place_orders(program, &context).await;
    first.hangs().await;
    first.has_handled(others).await;
    let first = first.kill().await;
    assert!(!first.contains(&SLOW));

    let mut second = program.start_with(&[], &[]);
    second.has_handled((0..ORDERS).filter(|order| *order == BROKEN || !first.contains(order))).await;
    if has_shipments {
        assert_shipments(program, &context).await;
    }
    second.kill().await;
    within(context.delete_stream(program.name("shop"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_for_beginners_loses_no_order_when_it_is_killed() {
    if service::starts_here() {
        return nats_service::main().await.unwrap();
    }
    let program = Program::of(the_service_for_beginners_loses_no_order_when_it_is_killed);
    assert_survives(&program, 0..SLOW, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_handlers_lose_no_order_when_they_are_killed() {
    if service::starts_here() {
        return nats_concurrent::run(orders().await).await.unwrap();
    }
    let program = Program::of(concurrent_handlers_lose_no_order_when_they_are_killed);
    assert_survives(&program, (0..ORDERS).filter(|order| *order != SLOW), false).await;
}
