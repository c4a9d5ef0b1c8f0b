//! Messages that nobody could handle.

use async_nats::jetstream::consumer::pull;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use rdkafka::consumer::CommitMode;
use rdkafka::message::{BorrowedHeaders, Message as _};
use rdkafka::producer::FutureRecord;

use crate::support::{Bench, DEADLINE, kafka, nats, rabbitmq, within};

#[tokio::test]
async fn a_dead_letter_is_linked_to_its_first_send_and_not_to_the_handler_that_failed() {
    let bench = Bench::new();
    let (orders, dead) = (bench.name("orders"), bench.name("dead"));
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    rabbitmq::create_queue(&rabbit.channel, &dead, &[]).await;
    let arguments = [
        ("x-dead-letter-exchange", rabbitmq::long_string("")),
        ("x-dead-letter-routing-key", rabbitmq::long_string(&dead)),
    ];
    rabbitmq::create_queue(&rabbit.channel, &orders, &arguments).await;
    let mut handling = rabbitmq::consume(&rabbit.channel, &orders).await;
    let mut burying = rabbitmq::consume(&rabbit.channel, &dead).await;

    rabbitmq::publish(&rabbit.channel, &orders, "order 1").await;
    let order = rabbitmq::next(&mut handling).await;
    let refused: Result<(), String> = order
        .process(async {
            order.nack(BasicNackOptions { requeue: false, ..BasicNackOptions::default() }).await.unwrap();
            Err("no such customer".to_owned())
        })
        .await;
    refused.unwrap_err();
    let letter = rabbitmq::next(&mut burying).await;
    assert_eq!((&letter.data, letter.creation()), (&order.data, order.creation()));
    letter.process(letter.ack(BasicAckOptions::default())).await.unwrap();

    bench.tree(5).await.attributes(["tracehop.rabbitmq.delivery_attempt"]).assert(
        "
        publish orders       PRODUCER  #1
        ├ process orders     CONSUMER  links: #1  error=_OTHER
        │ └ nack orders      CLIENT
        └ process dead       CONSUMER  links: #1  tracehop.rabbitmq.delivery_attempt=2
          └ ack dead         CLIENT
        ",
    );
}

#[tokio::test]
async fn a_message_that_goes_round_through_a_retry_queue_stays_in_its_trace() {
    let bench = Bench::new();
    let (orders, retry) = (bench.name("orders"), bench.name("retry"));
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    let dead_to = |name: &str| {
        [
            ("x-dead-letter-exchange", rabbitmq::long_string("")),
            ("x-dead-letter-routing-key", rabbitmq::long_string(name)),
        ]
    };
    // What nobody gets out of it within a millisecond goes back.
    let [exchange, key] = dead_to(&orders);
    let soon = ("x-message-ttl", lapin::types::AMQPValue::LongInt(1));
    rabbitmq::create_queue(&rabbit.channel, &retry, &[exchange, key, soon]).await;
    rabbitmq::create_queue(&rabbit.channel, &orders, &dead_to(&retry)).await;
    let mut handling = rabbitmq::consume(&rabbit.channel, &orders).await;

    rabbitmq::publish(&rabbit.channel, &orders, "order 1").await;
    for attempt in 1..=3 {
        let order = rabbitmq::next(&mut handling).await;
        let handled: Result<bool, lapin::Error> = order
            .process(async {
                match attempt {
                    3 => order.ack(BasicAckOptions::default()).await,
                    _ => order.nack(BasicNackOptions { requeue: false, ..BasicNackOptions::default() }).await,
                }
            })
            .await;
        assert!(handled.unwrap());
    }

    bench.tree(7).await.attributes(["tracehop.rabbitmq.delivery_attempt"]).assert(
        "
        publish orders       PRODUCER  #1
        ├ process orders     CONSUMER  links: #1
        │ └ nack orders      CLIENT
        ├ process orders     CONSUMER  links: #1  tracehop.rabbitmq.delivery_attempt=2
        │ └ nack orders      CLIENT
        └ process orders     CONSUMER  links: #1  tracehop.rabbitmq.delivery_attempt=3
          └ ack orders       CLIENT
        ",
    );
}

/// An order fails, and is sent on after its handler with its own headers, as code does that knows nothing of tracehop: on
/// Kafka, then what came of it on RabbitMQ, then on NATS.
#[tokio::test]
async fn dead_letters_sent_after_the_handler_are_one_journey_over_three_brokers() {
    let bench = Bench::new();
    let [orders, dead_orders, payments, dead_payments, shipments, dead_shipments] =
        ["orders", "orders.dead", "payments", "payments.dead", "shipments", "dead-shipments"]
            .map(|name| bench.name(name));
    for topic in [&orders, &dead_orders] {
        kafka::create_topic(topic, 1).await;
    }
    let producer = kafka::producer(&bench.tracer);
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    for queue in [&payments, &dead_payments] {
        rabbitmq::create_queue(&rabbit.channel, queue, &[]).await;
    }
    let client = nats::connect().await;
    let context = nats::context(&client, &bench.tracer);
    let failed = || Err::<(), _>("no such customer".to_owned());

    kafka::send(&producer, &orders, "order 1").await;
    let handling = kafka::consumer(&orders, &bench.name("billing"), &bench.tracer);
    let order = kafka::next(&handling).await;
    order.process(async { failed() }).await.unwrap_err();
    let record = FutureRecord {
        topic: &dead_orders,
        partition: None,
        payload: order.payload(),
        key: order.key(),
        timestamp: None,
        headers: order.headers().map(BorrowedHeaders::detach),
    };
    within(producer.send(record, DEADLINE)).await.unwrap();
    handling.commit_message(&order, CommitMode::Sync).unwrap();
    let burying = kafka::consumer(&dead_orders, &bench.name("clerk"), &bench.tracer);
    let letter = kafka::next(&burying).await;
    letter.process(rabbitmq::publish(&rabbit.channel, &payments, "refund 1")).await;
    burying.commit_message(&letter, CommitMode::Sync).unwrap();

    let mut handling = rabbitmq::consume(&rabbit.channel, &payments).await;
    let payment = rabbitmq::next(&mut handling).await;
    payment.process(async { failed() }).await.unwrap_err();
    let properties = payment.properties.clone();
    let sent = rabbitmq::try_publish(&rabbit.channel, &dead_payments, "refund 1", properties);
    within(sent).await.unwrap();
    payment.ack(BasicAckOptions::default()).await.unwrap();
    let mut burying = rabbitmq::consume(&rabbit.channel, &dead_payments).await;
    let letter = rabbitmq::next(&mut burying).await;
    let stream = nats::create_stream(&client, &shipments).await;
    letter.process(nats::store(&context, &shipments, "return 1")).await;
    letter.ack(BasicAckOptions::default()).await.unwrap();

    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let shipment = nats::next(&mut nats::messages(&consumer, &bench.tracer).await).await;
    shipment.process(async { failed() }).await.unwrap_err();
    let stream = nats::create_stream(&client, &dead_shipments).await;
    let headers = shipment.headers.clone().unwrap();
    let stored = context.publish_with_headers(dead_shipments.clone(), headers, shipment.payload.clone());
    within(within(stored).await.unwrap().into_future()).await.unwrap();
    within(shipment.double_ack()).await.unwrap();
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let letter = nats::next(&mut nats::messages(&consumer, &bench.tracer).await).await;
    letter.process(async {}).await;
    within(letter.double_ack()).await.unwrap();

    bench.tree(18).await.assert(
        "
        send orders                                   PRODUCER  #1
        └ process orders                              CONSUMER  links: #1  error=_OTHER
          ├ send orders.dead                          PRODUCER  #2
          │ └ process orders.dead                     CONSUMER  links: #2
          │   ├ publish payments                      PRODUCER  #3
          │   │ └ process payments                    CONSUMER  links: #3  error=_OTHER
          │   │   ├ publish payments.dead             PRODUCER  #4
          │   │   │ └ process payments.dead           CONSUMER  links: #4
          │   │   │   ├ publish shipments             PRODUCER  #5
          │   │   │   │ └ process shipments           CONSUMER  links: #5  error=_OTHER
          │   │   │   │   ├ publish dead-shipments    PRODUCER  #6
          │   │   │   │   │ └ process dead-shipments  CONSUMER  links: #6
          │   │   │   │   │   └ ack dead-shipments    CLIENT
          │   │   │   │   └ ack shipments             CLIENT
          │   │   │   └ ack payments.dead             CLIENT
          │   │   └ ack payments                      CLIENT
          │   └ commit orders.dead                    CLIENT
          └ commit orders                             CLIENT
        ",
    );
}
