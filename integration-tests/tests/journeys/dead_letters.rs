//! Messages that nobody could handle.

use lapin::options::{BasicAckOptions, BasicNackOptions};

use crate::support::{Bench, rabbitmq};

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
