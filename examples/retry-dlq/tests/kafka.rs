//! Kafka.

use rdkafka::types::RDKafkaRespErr;

use super::{check, fails, goes_on, in_time};
use crate::kafka::Kafka;
use crate::shop::Shop;

const TREE: &str = "
shop: send orders                           PRODUCER  #1
└ payments: process orders                  CONSUMER  links: #1 events: tracehop.failure_handled
  └ payments: send orders.retry.1           PRODUCER  #2 tracehop.message.attempts=1
    └ payments: process orders.retry.1      CONSUMER  links: #2 events: tracehop.failure_handled
      └ payments: send orders.retry.2       PRODUCER  #3 tracehop.message.attempts=2
        └ payments: process orders.retry.2  CONSUMER  links: #3
shop: send orders                           PRODUCER  #4
└ payments: process orders                  CONSUMER  links: #4 events: tracehop.failure_handled
  └ payments: send orders.retry.1           PRODUCER  #5 tracehop.message.attempts=1
    └ payments: process orders.retry.1      CONSUMER  links: #5 events: tracehop.failure_handled
      └ payments: send orders.retry.2       PRODUCER  #6 tracehop.message.attempts=2
        └ payments: process orders.retry.2  CONSUMER  links: #6 events: tracehop.failure_handled
          └ payments: send orders.dead      PRODUCER  #7 tracehop.message.attempts=3
            └ support: process orders.dead  CONSUMER  links: #7
shop: send orders                           PRODUCER  #8
└ payments: process orders                  CONSUMER  links: #8 events: tracehop.failure_handled
  └ payments: send orders.parked            PRODUCER  tracehop.message.attempts=1
shop: send orders                           PRODUCER  #9
└ payments: process orders                  CONSUMER  links: #9 events: tracehop.failure_handled
  └ payments: send orders.retry.1           PRODUCER  #10 tracehop.message.attempts=1
    └ payments: process orders.retry.1      CONSUMER  links: #10 events: tracehop.failure_handled
      └ payments: send orders.retry.2       PRODUCER  #11 tracehop.message.attempts=2
        └ payments: process orders.retry.2  CONSUMER  links: #11 events: tracehop.failure_handled
          └ payments: send orders.dead      PRODUCER  #12 tracehop.message.attempts=3
            └ support: process orders.dead  CONSUMER  links: #12
              └ support: send orders        PRODUCER  #13 tracehop.message.attempts=4
                └ payments: process orders  CONSUMER  links: #13
";

const WATERFALLS: [&str; 4] = [
    "
    send orders · shop
    ┆ in queue · kafka
    └ process orders · payments
      │ ✓ card_declined, taken care of
      └ send orders.retry.1 · payments
        ┆ in queue · kafka
        └ process orders.retry.1 · payments
          │ ✓ card_declined, taken care of
          └ send orders.retry.2 · payments
            ┆ in queue · kafka
            └ process orders.retry.2 · payments
    ",
    "
    send orders · shop
    ┆ in queue · kafka
    └ process orders · payments
      │ ✓ card_declined, taken care of
      └ send orders.retry.1 · payments
        ┆ in queue · kafka
        └ process orders.retry.1 · payments
          │ ✓ card_declined, taken care of
          └ send orders.retry.2 · payments
            ┆ in queue · kafka
            └ process orders.retry.2 · payments
              │ ✓ card_declined, taken care of
              └ send orders.dead · payments
                ┆ in queue · kafka
                └ process orders.dead · support
    ",
    "
    send orders · shop
    ┆ in queue · kafka
    └ process orders · payments
      │ ✓ no_order, taken care of
      └ send orders.parked · payments
    ",
    "
    send orders · shop
    ┆ in queue · kafka
    └ process orders · payments
      │ ✓ card_declined, taken care of
      └ send orders.retry.1 · payments
        ┆ in queue · kafka
        └ process orders.retry.1 · payments
          │ ✓ card_declined, taken care of
          └ send orders.retry.2 · payments
            ┆ in queue · kafka
            └ process orders.retry.2 · payments
              │ ✓ card_declined, taken care of
              └ send orders.dead · payments
                ┆ in queue · kafka
                └ process orders.dead · support
                  └ send orders · support
                    ┆ in queue · kafka
                    └ process orders · payments
    ",
];

#[tokio::test]
async fn each_order_is_one_trace_on_an_embedded_kafka() {
    check(in_time(Kafka::connect(None)).await.unwrap(), TREE, WATERFALLS).await;
}

#[tokio::test]
async fn each_order_is_one_trace_on_kafka() {
    let broker = tracehop_brokers::kafka().await.unwrap();
    check(in_time(Kafka::connect(Some(broker.bootstrap_servers()))).await.unwrap(), TREE, WATERFALLS).await;
}

#[tokio::test]
async fn an_order_that_an_embedded_kafka_does_not_take_comes_again() {
    let (kafka, shop) = (in_time(Kafka::connect(None)).await.unwrap(), Shop::new(1));
    let cluster = kafka.embedded.as_ref().unwrap().cluster().unwrap();
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    cluster.topic_error("orders.parked", refused).unwrap();
    let error = fails(&kafka, &shop).await;
    assert!(error.contains("TopicAuthorizationFailed"), "{error}");
    cluster.topic_error("orders.parked", RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).unwrap();
    goes_on(&kafka, &shop).await;
}
