//! RabbitMQ.

use futures::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueDeleteOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Consumer};
use tracehop::MessagingTracer;

use super::{check, fails, goes_on, in_time};
use crate::broker::Broker;
use crate::next::Next;
use crate::rabbitmq::{DELIVERIES_AGAIN, RabbitMq};
use crate::shop::Shop;

const TREE: &str = "
shop: publish orders                         PRODUCER  #1
└ payments: process orders                   CONSUMER  links: #1 events: tracehop.failure_handled
  ├ payments: publish orders.retry.short     PRODUCER  #2 tracehop.message.attempts=1
  │ └ payments: process orders               CONSUMER  links: #2 events: tracehop.failure_handled
  │   ├ payments: publish orders.retry.long  PRODUCER  #3 tracehop.message.attempts=2
  │   │ └ payments: process orders           CONSUMER  links: #3
  │   │   └ payments: ack orders             CLIENT
  │   └ payments: ack orders                 CLIENT
  └ payments: ack orders                     CLIENT
shop: publish orders                         PRODUCER  #4
└ payments: process orders                   CONSUMER  links: #4 events: tracehop.failure_handled
  ├ payments: publish orders.retry.short     PRODUCER  #5 tracehop.message.attempts=1
  │ └ payments: process orders               CONSUMER  links: #5 events: tracehop.failure_handled
  │   ├ payments: publish orders.retry.long  PRODUCER  #6 tracehop.message.attempts=2
  │   │ └ payments: process orders           CONSUMER  links: #6 events: tracehop.failure_handled
  │   │   ├ payments: publish orders.dead    PRODUCER  #7 tracehop.message.attempts=3
  │   │   │ └ support: process orders.dead   CONSUMER  links: #7
  │   │   │   └ support: ack orders.dead     CLIENT
  │   │   └ payments: ack orders             CLIENT
  │   └ payments: ack orders                 CLIENT
  └ payments: ack orders                     CLIENT
shop: publish orders                         PRODUCER  #8
└ payments: process orders                   CONSUMER  links: #8 events: tracehop.failure_handled
  ├ payments: publish orders.parked          PRODUCER  tracehop.message.attempts=1
  └ payments: ack orders                     CLIENT
shop: publish orders                         PRODUCER  #9
└ payments: process orders                   CONSUMER  links: #9 events: tracehop.failure_handled
  ├ payments: publish orders.retry.short     PRODUCER  #10 tracehop.message.attempts=1
  │ └ payments: process orders               CONSUMER  links: #10 events: tracehop.failure_handled
  │   ├ payments: publish orders.retry.long  PRODUCER  #11 tracehop.message.attempts=2
  │   │ └ payments: process orders           CONSUMER  links: #11 events: tracehop.failure_handled
  │   │   ├ payments: publish orders.dead    PRODUCER  #12 tracehop.message.attempts=3
  │   │   │ └ support: process orders.dead   CONSUMER  links: #12
  │   │   │   ├ support: publish orders      PRODUCER  #13 tracehop.message.attempts=4
  │   │   │   │ └ payments: process orders   CONSUMER  links: #13
  │   │   │   │   └ payments: ack orders     CLIENT
  │   │   │   └ support: ack orders.dead     CLIENT
  │   │   └ payments: ack orders             CLIENT
  │   └ payments: ack orders                 CLIENT
  └ payments: ack orders                     CLIENT
";

const WATERFALLS: [&str; 4] = [
    "
    publish orders · shop
    ┆ in queue · rabbitmq
    └ process orders · payments
      │ ✓ card_declined, taken care of
      ├ publish orders.retry.short · payments
      │ ┆ in queue · rabbitmq
      │ └ process orders · payments
      │   │ ✓ card_declined, taken care of
      │   ├ publish orders.retry.long · payments
      │   │ ┆ in queue · rabbitmq
      │   │ └ process orders · payments
      │   │   └ ack orders · payments
      │   └ ack orders · payments
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · rabbitmq
    └ process orders · payments
      │ ✓ card_declined, taken care of
      ├ publish orders.retry.short · payments
      │ ┆ in queue · rabbitmq
      │ └ process orders · payments
      │   │ ✓ card_declined, taken care of
      │   ├ publish orders.retry.long · payments
      │   │ ┆ in queue · rabbitmq
      │   │ └ process orders · payments
      │   │   │ ✓ card_declined, taken care of
      │   │   ├ publish orders.dead · payments
      │   │   │ ┆ in queue · rabbitmq
      │   │   │ └ process orders.dead · support
      │   │   │   └ ack orders.dead · support
      │   │   └ ack orders · payments
      │   └ ack orders · payments
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · rabbitmq
    └ process orders · payments
      │ ✓ no_order, taken care of
      ├ publish orders.parked · payments
      └ ack orders · payments
    ",
    "
    publish orders · shop
    ┆ in queue · rabbitmq
    └ process orders · payments
      │ ✓ card_declined, taken care of
      ├ publish orders.retry.short · payments
      │ ┆ in queue · rabbitmq
      │ └ process orders · payments
      │   │ ✓ card_declined, taken care of
      │   ├ publish orders.retry.long · payments
      │   │ ┆ in queue · rabbitmq
      │   │ └ process orders · payments
      │   │   │ ✓ card_declined, taken care of
      │   │   ├ publish orders.dead · payments
      │   │   │ ┆ in queue · rabbitmq
      │   │   │ └ process orders.dead · support
      │   │   │   ├ publish orders · support
      │   │   │   │ ┆ in queue · rabbitmq
      │   │   │   │ └ process orders · payments
    … │   │   │   │   └ ack orders · payments
      │   │   │   └ ack orders.dead · support
      │   │   └ ack orders · payments
      │   └ ack orders · payments
      └ ack orders · payments
    ",
];

async fn connect() -> RabbitMq {
    let broker = tracehop_brokers::rabbitmq().await.unwrap();
    in_time(RabbitMq::connect(Some(broker.amqp_url()))).await.unwrap()
}

#[tokio::test]
async fn each_order_is_one_trace() {
    check(connect().await, TREE, WATERFALLS).await;
}

#[tokio::test]
async fn an_order_that_no_queue_takes_comes_again() {
    let (rabbitmq, shop) = (connect().await, Shop::new(1));
    let (_connection, channel) = in_time(rabbitmq.plain_channel()).await.unwrap();
    channel.queue_delete(rabbitmq.queue(Next::Parked), QueueDeleteOptions::default()).await.unwrap();
    let error = fails(&rabbitmq, &shop).await;
    assert!(error.contains("NO_ROUTE"), "{error}");
    in_time(rabbitmq.declare()).await.unwrap();
    goes_on(&rabbitmq, &shop).await;
}

#[tokio::test]
async fn an_order_that_kills_the_service_each_time_is_parked_by_the_broker() {
    let rabbitmq = connect().await;
    in_time(rabbitmq.place(&["{}"], &MessagingTracer::global())).await.unwrap();
    let (_connection, channel) = in_time(rabbitmq.plain_channel()).await.unwrap();
    let mut parked = consume(&channel, rabbitmq.queue(Next::Parked)).await;
    let mut deliveries = 0;
    let waiting = async {
        loop {
            let (service, channel) = rabbitmq.plain_channel().await.unwrap();
            let mut orders = consume(&channel, rabbitmq.orders()).await;
            tokio::select! {
                order = orders.next() => assert_eq!(order.unwrap().unwrap().data, b"{}"),
                order = parked.next() => break order.unwrap().unwrap().data,
            }
            deliveries += 1;
            // It has not answered.
            service.close(200, "".into()).await.unwrap();
        }
    };
    assert_eq!(in_time(waiting).await, b"{}");
    // The first one, and as many again.
    assert_eq!(deliveries, 1 + DELIVERIES_AGAIN);
    in_time(rabbitmq.clean_up()).await.unwrap();
}

async fn consume(channel: &Channel, queue: ShortString) -> Consumer {
    let options = BasicConsumeOptions::default();
    channel.basic_consume(queue, "".into(), options, FieldTable::default()).await.unwrap()
}
