//! Where an order goes.

use tracehop_testing::Hop;

use crate::shop::Shop;

#[tokio::test]
async fn an_order_is_one_trace_through_three_services() {
    let shop = Shop::open().await;
    shop.customer_wants("a book").await;
    shop.wait_for_orders(1).await;
    shop.tree().assert(
        "
        customer: publish carts             PRODUCER  #1
        └ checkout: process carts           CONSUMER  links: #1
          ├ checkout: send orders           PRODUCER  #2
          │ └ payments: process orders      CONSUMER  links: #2
          │   └ payments: publish receipts  PRODUCER  #3
          │     └ mailer: process receipts  CONSUMER  links: #3
          └ checkout: ack carts             CLIENT
        ",
    );
}

#[tokio::test]
async fn every_hop_is_linked() {
    let shop = Shop::open().await;
    shop.customer_wants("a book").await;
    shop.wait_for_orders(1).await;
    let (carts, orders, receipts) = (shop.names.carts(), shop.names.orders(), shop.names.receipts());
    shop.telemetry.assert_hop(&Hop::over(carts).from("customer").to("checkout"));
    shop.telemetry.assert_hop(&Hop::over(orders).from("checkout").to("payments"));
    shop.telemetry.assert_hop(&Hop::over(receipts).from("payments").to("mailer"));
    shop.telemetry.assert_every_message_linked();
    shop.telemetry.assert_no_orphans();
    shop.telemetry.assert_one_trace();
}

#[tokio::test]
async fn an_order_on_credit_goes_to_the_dead_letters_in_its_trace() {
    let shop = Shop::open().await;
    shop.customer_wants("a boat on credit").await;
    for (service, name) in [
        ("customer", "publish carts"),
        ("checkout", "process carts"),
        ("checkout", "ack carts"),
        ("payments", "process orders"),
    ] {
        shop.wait_for(service, name, 1).await;
    }
    shop.tree().assert(
        "
        customer: publish carts             PRODUCER  #1
        └ checkout: process carts           CONSUMER  links: #1
          ├ checkout: send orders           PRODUCER  #2
          │ └ payments: process orders      CONSUMER  links: #2
          │   └ payments: send orders.dead  PRODUCER
          └ checkout: ack carts             CLIENT
        ",
    );
}

#[tokio::test]
async fn each_order_has_a_trace_of_its_own() {
    let shop = Shop::open().await;
    for what in ["a book", "a boat", "a bee"] {
        shop.customer_wants(what).await;
    }
    shop.wait_for_orders(3).await;
    let receipts = format!("process {}", shop.names.receipts());
    let spans = shop.telemetry.finished();
    let mails = spans.iter().filter(|recorded| recorded.span.name == receipts);
    let traces: std::collections::HashSet<_> =
        mails.map(|recorded| recorded.span.span_context.trace_id()).collect();
    assert_eq!(traces.len(), 3);
}
