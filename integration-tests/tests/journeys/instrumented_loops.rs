//! Consumer loops inside a span of `tracing`.

use async_nats::jetstream::consumer::pull;
use lapin::options::BasicAckOptions;
use opentelemetry_sdk::trace::SdkTracer;
use rdkafka::consumer::CommitMode;
use tracehop::{Correlation, MessagingTracer};
use tracehop_kafka::TracedStreamConsumer;
use tracehop_nats::{TracedContext, TracedMessages};
use tracehop_rabbitmq::{TracedChannel, TracedConsumer};
use tracehop_testing::TraceTree;
use tracing::instrument;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Bench, kafka, nats, rabbitmq, within};

const ORDERS: usize = 2;

#[instrument(skip_all)]
async fn consume_orders(orders: &TracedStreamConsumer, channel: &TracedChannel, payments: &str) {
    for _ in 0..ORDERS {
        let order = kafka::next(orders).await;
        order.process(rabbitmq::publish(channel, payments, "paid")).await;
        orders.commit_message(&order, CommitMode::Sync).unwrap();
    }
}

#[instrument(skip_all)]
async fn consume_payments(payments: &mut TracedConsumer, context: &TracedContext, shipments: &str) {
    for _ in 0..ORDERS {
        let payment = rabbitmq::next(payments).await;
        payment.process(nats::store(context, shipments, "shipped")).await;
        payment.ack(BasicAckOptions::default()).await.unwrap();
    }
}

#[instrument(skip_all)]
async fn consume_shipments(shipments: &mut TracedMessages<pull::Stream>) {
    for _ in 0..ORDERS {
        let shipment = nats::next(shipments).await;
        shipment.process(async {}).await;
        within(shipment.double_ack()).await.unwrap();
    }
}

/// Two orders from Kafka to RabbitMQ to NATS, through three such loops.
async fn tree_with(correlation: Correlation) -> TraceTree {
    let bench = Bench::new();
    let tracer: MessagingTracer = bench.spans.messaging_tracer_builder().correlation(correlation).build();
    let [orders, payments, shipments] = ["orders", "payments", "shipments"].map(|name| bench.name(name));
    kafka::create_topic(&orders, 1).await;
    let producer = kafka::producer(&tracer);
    let ordered = kafka::consumer(&orders, &bench.name("billing"), &tracer);
    let rabbit = rabbitmq::connect(&tracer).await;
    rabbitmq::create_queue(&rabbit.channel, &payments, &[]).await;
    let mut paid = rabbitmq::consume(&rabbit.channel, &payments).await;
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &shipments).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let mut shipped = nats::messages(&consumer, &tracer).await;
    let context = nats::context(&client, &tracer);
    for _ in 0..ORDERS {
        kafka::send(&producer, &orders, "order").await;
    }

    // The clients were made outside: they have spans of their own.
    let layer = tracing_opentelemetry::layer().with_tracer::<SdkTracer>(bench.spans.tracer());
    async {
        consume_orders(&ordered, &rabbit.channel, &payments).await;
        consume_payments(&mut paid, &context, &shipments).await;
        consume_shipments(&mut shipped).await;
    }
    .with_subscriber(tracing_subscriber::registry().with(layer))
    .await;
    bench.tree(3 + 9 * ORDERS).await
}

#[tokio::test]
async fn a_loop_inside_a_span_is_linked_and_cuts_no_journey_over_three_brokers() {
    tree_with(Correlation::Continue).await.assert(
        "
        send orders                  PRODUCER  #1
        └ process orders             CONSUMER  links: #1, #7
          ├ publish payments         PRODUCER  #2
          │ └ process payments       CONSUMER  links: #2, #8
          │   ├ publish shipments    PRODUCER  #3
          │   │ └ process shipments  CONSUMER  links: #3, #9
          │   │   └ ack shipments    CLIENT
          │   └ ack payments         CLIENT
          └ commit orders            CLIENT
        send orders                  PRODUCER  #4
        └ process orders             CONSUMER  links: #4, #7
          ├ publish payments         PRODUCER  #5
          │ └ process payments       CONSUMER  links: #5, #8
          │   ├ publish shipments    PRODUCER  #6
          │   │ └ process shipments  CONSUMER  links: #6, #9
          │   │   └ ack shipments    CLIENT
          │   └ ack payments         CLIENT
          └ commit orders            CLIENT
        consume_orders               INTERNAL  #7
        consume_payments             INTERNAL  #8
        consume_shipments            INTERNAL  #9
        ",
    );
}

#[tokio::test]
async fn a_loop_inside_a_span_has_all_messages_if_they_are_to_nest_over_three_brokers() {
    tree_with(Correlation::Nest).await.assert(
        "
        send orders            PRODUCER  #1
        send orders            PRODUCER  #2
        consume_orders         INTERNAL
        ├ process orders       CONSUMER  links: #1
        │ ├ publish payments   PRODUCER  #3
        │ └ commit orders      CLIENT
        └ process orders       CONSUMER  links: #2
          ├ publish payments   PRODUCER  #4
          └ commit orders      CLIENT
        consume_payments       INTERNAL
        ├ process payments     CONSUMER  links: #3
        │ ├ publish shipments  PRODUCER  #5
        │ └ ack payments       CLIENT
        └ process payments     CONSUMER  links: #4
          ├ publish shipments  PRODUCER  #6
          └ ack payments       CLIENT
        consume_shipments      INTERNAL
        ├ process shipments    CONSUMER  links: #5
        │ └ ack shipments      CLIENT
        └ process shipments    CONSUMER  links: #6
          └ ack shipments      CLIENT
        ",
    );
}
