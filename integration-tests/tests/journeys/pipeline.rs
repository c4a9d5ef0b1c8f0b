//! From broker to broker.

use async_nats::jetstream::consumer::pull;
use lapin::options::BasicAckOptions;
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use rdkafka::consumer::CommitMode;

use crate::support::{Bench, kafka, nats, rabbitmq};

#[tokio::test]
async fn kafka_to_rabbitmq_to_nats_to_kafka_is_one_trace() {
    let bench = Bench::new();
    let [orders, payments, shipments, done] =
        ["orders", "payments", "shipments", "done"].map(|name| bench.name(name));
    kafka::create_topic(&orders, 1).await;
    kafka::create_topic(&done, 1).await;
    let producer = kafka::producer(&bench.tracer);
    let checkout = kafka::consumer(&orders, &bench.name("checkout"), &bench.tracer);
    let archive = kafka::consumer(&done, &bench.name("archive"), &bench.tracer);
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    rabbitmq::create_queue(&rabbit.channel, &payments, &[]).await;
    let mut billing = rabbitmq::consume(&rabbit.channel, &payments).await;
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &shipments).await;
    let worker = nats::create_consumer(&stream, pull::Config::default()).await;
    let mut shipping = nats::messages(&worker, &bench.tracer).await;
    let context = nats::context(&client, &bench.tracer);

    let place = Context::current_with_span(bench.spans.tracer().start("place order"));
    kafka::send(&producer, &orders, "order 1").with_context(place).await;

    let order = kafka::next(&checkout).await;
    order
        .process(async {
            rabbitmq::publish(&rabbit.channel, &payments, &kafka::text(&*order)).await;
            checkout.commit_message(&order, CommitMode::Sync)
        })
        .await
        .unwrap();
    let payment = rabbitmq::next(&mut billing).await;
    payment
        .process(async {
            nats::store(&context, &shipments, std::str::from_utf8(&payment.data).unwrap()).await;
            payment.ack(BasicAckOptions::default()).await
        })
        .await
        .unwrap();
    let shipment = nats::next(&mut shipping).await;
    shipment
        .process(async {
            kafka::send(&producer, &done, std::str::from_utf8(&shipment.payload).unwrap()).await;
            shipment.double_ack().await
        })
        .await
        .unwrap();
    let closed = kafka::next(&archive).await;
    closed.process(async { archive.commit_message(&closed, CommitMode::Sync) }).await.unwrap();

    assert_eq!(kafka::text(&*closed), "order 1");
    let spans = bench.ended(13).await;
    let traces: Vec<_> = spans.iter().map(|span| span.span_context.trace_id()).collect();
    assert!(traces.iter().all(|trace| *trace == traces[0]), "one trace: {traces:?}");
    bench.tree(13).await.attributes(["messaging.system"]).assert(
        "
        place order                        INTERNAL
        └ send orders                      PRODUCER  #1                messaging.system=kafka
          └ process orders                 CONSUMER  links: #1         messaging.system=kafka
            ├ publish payments             PRODUCER  #2                messaging.system=rabbitmq
            │ └ process payments           CONSUMER  links: #2         messaging.system=rabbitmq
            │   ├ publish shipments        PRODUCER  #3                messaging.system=nats
            │   │ └ process shipments      CONSUMER  links: #3         messaging.system=nats
            │   │   ├ send done            PRODUCER  #4                messaging.system=kafka
            │   │   │ └ process done       CONSUMER  links: #4         messaging.system=kafka
            │   │   │   └ commit done      CLIENT                      messaging.system=kafka
            │   │   └ ack shipments        CLIENT                      messaging.system=nats
            │   └ ack payments             CLIENT                      messaging.system=rabbitmq
            └ commit orders                CLIENT                      messaging.system=kafka
        ",
    );
}
