//! Messages that JetStream delivers again.

use std::future::pending;
use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;

use crate::support::{Bench, nats};

#[tokio::test]
async fn a_message_that_is_refused_is_delivered_again_into_the_same_trace() {
    let bench = Bench::new();
    let orders = bench.name("orders");
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &orders).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let mut messages = nats::messages(&consumer, &bench.tracer).await;
    nats::store(&nats::context(&client, &bench.tracer), &orders, "order 1").await;

    let first = nats::next(&mut messages).await;
    let refused: Result<(), String> = first
        .process(async {
            first.ack_with(AckKind::Nak(None)).await.unwrap();
            Err("not now".to_owned())
        })
        .await;
    refused.unwrap_err();
    let second = nats::next(&mut messages).await;
    assert_eq!((&second.payload, second.creation()), (&first.payload, first.creation()));
    second.process(second.double_ack()).await.unwrap();

    bench.tree(5).await.attributes(["tracehop.nats.delivery_count"]).assert(
        "
        publish orders       PRODUCER  #1
        ├ process orders     CONSUMER  links: #1  error=_OTHER  tracehop.nats.delivery_count=1
        │ └ nak orders       CLIENT                             tracehop.nats.delivery_count=1
        └ process orders     CONSUMER  links: #1                tracehop.nats.delivery_count=2
          └ ack orders       CLIENT                             tracehop.nats.delivery_count=2
        ",
    );
}

#[tokio::test]
async fn a_message_whose_handler_was_dropped_is_delivered_again_into_the_same_trace() {
    let bench = Bench::new();
    let orders = bench.name("orders");
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &orders).await;
    let config = pull::Config { ack_wait: Duration::from_millis(200), ..pull::Config::default() };
    let consumer = nats::create_consumer(&stream, config).await;
    let mut messages = nats::messages(&consumer, &bench.tracer).await;
    nats::store(&nats::context(&client, &bench.tracer), &orders, "order 1").await;

    let first = nats::next(&mut messages).await;
    let handled = tokio::time::timeout(Duration::from_millis(1), first.process(pending::<()>()));
    assert!(handled.await.is_err());
    let second = nats::next(&mut messages).await;
    second.process(second.double_ack()).await.unwrap();

    bench.tree(4).await.assert(
        "
        publish orders       PRODUCER  #1
        ├ process orders     CONSUMER  links: #1  error=cancelled
        └ process orders     CONSUMER  links: #1
          └ ack orders       CLIENT
        ",
    );
}
