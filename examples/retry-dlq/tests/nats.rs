//! NATS.

use async_nats::jetstream::{AckKind, stream};
use futures::StreamExt;
use tracehop::MessagingTracer;

use super::{check, fails, goes_on, in_time};
use crate::broker::Broker;
use crate::nats::{DELIVERIES_AGAIN, Nats};
use crate::next::Next;
use crate::order;
use crate::shop::Shop;

const TREE: &str = "
shop: publish orders                 PRODUCER  #1
├ payments: process orders           CONSUMER  links: #1 tracehop.nats.delivery_count=1 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=1
├ payments: process orders           CONSUMER  links: #1 tracehop.nats.delivery_count=2 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=2
└ payments: process orders           CONSUMER  links: #1 tracehop.nats.delivery_count=3
  └ payments: ack orders             CLIENT    tracehop.nats.delivery_count=3
shop: publish orders                 PRODUCER  #2
├ payments: process orders           CONSUMER  links: #2 tracehop.nats.delivery_count=1 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=1
├ payments: process orders           CONSUMER  links: #2 tracehop.nats.delivery_count=2 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=2
└ payments: process orders           CONSUMER  links: #2 tracehop.nats.delivery_count=3 events: tracehop.failure_handled
  ├ payments: publish dead.orders    PRODUCER  #3 tracehop.message.attempts=1
  │ └ support: process dead.orders   CONSUMER  links: #3 tracehop.nats.delivery_count=1
  │   └ support: ack dead.orders     CLIENT    tracehop.nats.delivery_count=1
  └ payments: ack orders             CLIENT    tracehop.nats.delivery_count=3
shop: publish orders                 PRODUCER  #4
└ payments: process orders           CONSUMER  links: #4 tracehop.nats.delivery_count=1 events: tracehop.failure_handled
  ├ payments: publish parked.orders  PRODUCER  tracehop.message.attempts=1
  └ payments: ack orders             CLIENT    tracehop.nats.delivery_count=1
shop: publish orders                 PRODUCER  #5
├ payments: process orders           CONSUMER  links: #5 tracehop.nats.delivery_count=1 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=1
├ payments: process orders           CONSUMER  links: #5 tracehop.nats.delivery_count=2 events: tracehop.failure_handled
│ └ payments: nak orders             CLIENT    tracehop.nats.delivery_count=2
└ payments: process orders           CONSUMER  links: #5 tracehop.nats.delivery_count=3 events: tracehop.failure_handled
  ├ payments: publish dead.orders    PRODUCER  #6 tracehop.message.attempts=1
  │ └ support: process dead.orders   CONSUMER  links: #6 tracehop.nats.delivery_count=1
  │   ├ support: publish orders      PRODUCER  #7 tracehop.message.attempts=2
  │   │ └ payments: process orders   CONSUMER  links: #7 tracehop.nats.delivery_count=1
  │   │   └ payments: ack orders     CLIENT    tracehop.nats.delivery_count=1
  │   └ support: ack dead.orders     CLIENT    tracehop.nats.delivery_count=1
  └ payments: ack orders             CLIENT    tracehop.nats.delivery_count=3
";

const WATERFALLS: [&str; 4] = [
    "
    publish orders · shop
    ┆ in queue · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 2) · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 3) · nats
    └ process orders · payments
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 2) · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 3) · nats
    └ process orders · payments
      │ ✓ card_declined, taken care of
      ├ publish dead.orders · payments
      │ ┆ in queue · nats
      │ └ process dead.orders · support
      │   └ ack dead.orders · support
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · nats
    └ process orders · payments
      │ ✓ no_order, taken care of
      ├ publish parked.orders · payments
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 2) · nats
    ├ process orders · payments
    │ │ ✓ card_declined, taken care of
    │ └ nak orders · payments
    ┆ in queue (attempt 3) · nats
    └ process orders · payments
      │ ✓ card_declined, taken care of
      ├ publish dead.orders · payments
      │ ┆ in queue · nats
      │ └ process dead.orders · support
      │   ├ publish orders · support
      │   │ ┆ in queue · nats
      │   │ └ process orders · payments
      │   │   └ ack orders · payments
      │   └ ack dead.orders · support
      └ ack orders · payments
    ",
];

async fn connect() -> Nats {
    let server = tracehop_brokers::nats().await.unwrap();
    in_time(Nats::connect(Some(server.url()))).await.unwrap()
}

#[tokio::test]
async fn each_order_is_one_trace() {
    check(connect().await, TREE, WATERFALLS).await;
}

#[tokio::test]
async fn an_order_that_no_stream_takes_is_not_settled() {
    let (nats, shop) = (connect().await, Shop::new(1));
    let dead_letters_only = stream::Config {
        name: nats.given_up(),
        subjects: nats.subject(Next::Dead).into_iter().collect(),
        storage: stream::StorageType::Memory,
        ..stream::Config::default()
    };
    nats.context.update_stream(dead_letters_only).await.unwrap();
    let error = fails(&nats, &shop).await;
    assert!(error.contains("no stream found for given subject"), "{error}");
    let stream = nats.context.get_stream(nats.orders()).await.unwrap();
    let payments = stream.consumer_info("payments").await.unwrap();
    // The server delivers it again when nobody has answered for as long as the consumer's `ack_wait` says.
    assert_eq!((payments.num_ack_pending, payments.ack_floor.stream_sequence), (1, 0));
    in_time(nats.clean_up()).await.unwrap();
}

#[tokio::test]
async fn an_order_that_kills_the_service_each_time_is_parked_untried() {
    let (nats, shop) = (connect().await, Shop::new(1));
    let tracer = MessagingTracer::global();
    in_time(nats.place(&[order::ALL[0]], &tracer)).await.unwrap();
    let context = nats.traced(&tracer).await.unwrap();
    let mut deliveries = nats.new_orders(&context, &tracer).await.unwrap();
    for expected in 1..=1 + DELIVERIES_AGAIN {
        let order = in_time(deliveries.next()).await.unwrap().unwrap();
        assert_eq!(order.info().unwrap().delivered, i64::try_from(expected).unwrap());
        // As if `ack_wait` had passed.
        order.ack_with(AckKind::Nak(None)).await.unwrap();
    }
    drop(deliveries);
    goes_on(&nats, &shop).await;
    assert!(shop.bank.charged().is_empty());
}
