//! What becomes of an order, and of its trace, when something breaks.

use std::time::Duration;

use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::services;
use crate::shop::{Brokers, Shop};

#[tokio::test]
async fn payments_that_were_killed_go_on_with_the_order() {
    let mut shop = Shop::open().await;
    shop.payments.kill();
    shop.customer_wants("a book").await;
    shop.wait_for("checkout", "send orders", 1).await;

    shop.payments = services::payments(&shop.variables).await;

    shop.wait_for_orders(1).await;
    shop.telemetry.assert_every_message_linked();
    shop.telemetry.assert_one_trace();
}

#[tokio::test]
async fn an_order_waits_for_a_kafka_that_was_killed() {
    let shared = Brokers::shared().await;
    let brokers = Brokers { kafka: tracehop_brokers::kafka().owned().await.unwrap(), ..shared };
    let shop = Shop::open_on(brokers, |_| {}).await;
    shop.brokers.kafka.kill().await.unwrap();
    shop.customer_wants("a book").await;
    shop.brokers.kafka.restart().await.unwrap();

    shop.wait_for_orders(1).await;
    shop.telemetry.assert_every_message_linked();
    shop.telemetry.assert_one_trace();
}

#[tokio::test]
async fn a_slow_network_makes_an_order_slow_and_no_worse() {
    let brokers = Brokers::shared().await;
    let proxy = FaultProxy::start(brokers.nats.address().trim_start_matches("nats://")).unwrap();
    let url = proxy.in_url(brokers.nats.url());
    let shop = Shop::open_on(brokers, |variables| {
        variables.retain(|(name, _)| name != "TRACEHOP_NATS_URL");
        variables.push(("TRACEHOP_NATS_URL".to_owned(), url));
    });
    let shop = shop.await;
    let latency = Duration::from_millis(300);
    proxy.apply(Fault::latency(latency).of(Direction::ToServer));
    shop.customer_wants("a book").await;

    shop.wait_for_orders(1).await;
    shop.telemetry.assert_one_trace();
    let spans = shop.telemetry.finished();
    let time =
        |name: String| spans.iter().find(|recorded| recorded.span.name == name).unwrap().span.start_time;
    let receipts = shop.names.receipts();
    let waited =
        time(format!("process {receipts}")).duration_since(time(format!("publish {receipts}"))).unwrap();
    assert!(waited >= latency, "{waited:?}");
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again() {
    let brokers = Brokers::shared().await;
    let proxy = FaultProxy::start(brokers.nats.address().trim_start_matches("nats://")).unwrap();
    let url = proxy.in_url(brokers.nats.url());
    let mut shop = Shop::open_on(brokers, |variables| {
        variables.retain(|(name, _)| name != "TRACEHOP_NATS_URL");
        variables.push(("TRACEHOP_NATS_URL".to_owned(), url));
    })
    .await;
    // That of payments, which comes back, and that of the mailer, which is started again.
    proxy.wait_for_connections(2, crate::DEADLINE).await;
    shop.mailer.kill();
    proxy.apply(Fault::cut());
    proxy.wait_for_connections(1, crate::DEADLINE).await;
    shop.mailer = services::mailer(&shop.variables).await;
    shop.customer_wants("a book").await;

    shop.wait_for_orders(1).await;
    shop.telemetry.assert_one_trace();
}
