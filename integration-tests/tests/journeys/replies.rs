//! Requests and their replies.

use std::future::pending;

use futures::StreamExt as _;
use lapin::BasicProperties;
use lapin::options::{BasicAckOptions, BasicConsumeOptions};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use tracehop::IntoTraced as _;

use crate::support::{Bench, nats, rabbitmq, within};

const REPLIES: &str = "amq.rabbitmq.reply-to";

#[tokio::test]
async fn a_rabbitmq_request_its_handler_and_its_reply_are_one_trace() {
    let bench = Bench::new();
    let prices = bench.name("prices");
    let (shop, catalog) = (rabbitmq::connect(&bench.tracer).await, rabbitmq::connect(&bench.tracer).await);
    rabbitmq::create_queue(&catalog.channel, &prices, &[]).await;
    let mut requests = rabbitmq::consume(&catalog.channel, &prices).await;
    let requester = within(shop.channel.requester()).await.unwrap();

    let serve = async {
        let request = rabbitmq::next(&mut requests).await;
        let answer = async {
            catalog.channel.reply(&request, b"9.99", BasicProperties::default()).await?;
            request.ack(BasicAckOptions::default()).await
        };
        request.process(answer).await.unwrap();
    };
    let ask = Context::current_with_span(bench.spans.tracer().start("ask for a price"));
    let properties = BasicProperties::default().with_correlation_id("c-1".into());
    let asked = requester.request("".into(), prices.into(), b"lamp", properties, pending::<()>());
    let (reply, ()) = tokio::join!(within(asked).with_context(ask), serve);
    let reply = reply.unwrap();
    reply.process(async { assert_eq!(reply.data, b"9.99") }).await;

    bench.tree(6).await.attributes(["messaging.message.conversation_id"]).assert(
        "
        ask for a price        INTERNAL
        └ request prices       PRODUCER  #1  links: #2  messaging.message.conversation_id=c-1
          └ process prices     CONSUMER  links: #1      messaging.message.conversation_id=c-1
            ├ publish          PRODUCER  #2             messaging.message.conversation_id=c-1
            │ └ process        CONSUMER  links: #2      messaging.message.conversation_id=c-1
            └ ack prices       CLIENT                   messaging.message.conversation_id=c-1
        ",
    );
}

#[tokio::test]
async fn a_rabbitmq_request_with_a_consumer_of_replies_of_its_own_is_one_trace_too() {
    let bench = Bench::new();
    let prices = bench.name("prices");
    let (shop, catalog) = (rabbitmq::connect(&bench.tracer).await, rabbitmq::connect(&bench.tracer).await);
    rabbitmq::create_queue(&catalog.channel, &prices, &[]).await;
    let no_ack = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let mut replies = rabbitmq::consume_with(&shop.channel, REPLIES, no_ack).await;
    let mut requests = rabbitmq::consume(&catalog.channel, &prices).await;

    let ask = Context::current_with_span(bench.spans.tracer().start("ask for a price"));
    let properties =
        BasicProperties::default().with_reply_to(REPLIES.into()).with_correlation_id("c-1".into());
    let asked = rabbitmq::try_publish(&shop.channel, &prices, "lamp", properties).with_context(ask);
    within(asked).await.unwrap();

    let request = rabbitmq::next(&mut requests).await;
    request
        .process(async {
            let to = request.properties.reply_to().clone().unwrap();
            let correlation = request.properties.correlation_id().clone().unwrap();
            let properties = BasicProperties::default().with_correlation_id(correlation);
            within(rabbitmq::try_publish(&catalog.channel, to.as_str(), "9.99", properties)).await?;
            request.ack(BasicAckOptions::default()).await
        })
        .await
        .unwrap();
    let reply = rabbitmq::next(&mut replies).await;
    reply.process(async { assert_eq!(reply.data, b"9.99") }).await;

    bench.tree(6).await.attributes(["messaging.message.conversation_id"]).assert(
        "
        ask for a price        INTERNAL
        └ publish prices       PRODUCER  #1         messaging.message.conversation_id=c-1
          └ process prices     CONSUMER  links: #1  messaging.message.conversation_id=c-1
            ├ publish          PRODUCER  #2         messaging.message.conversation_id=c-1
            │ └ process        CONSUMER  links: #2  messaging.message.conversation_id=c-1
            └ ack prices       CLIENT               messaging.message.conversation_id=c-1
        ",
    );
}

#[tokio::test]
async fn a_nats_request_its_handler_and_its_reply_are_one_trace() {
    let bench = Bench::new();
    let prices = bench.name("prices");
    let shop = nats::connect().await.traced(&bench.tracer);
    let catalog = nats::connect().await.traced(&bench.tracer);
    let mut requests = within(catalog.subscribe(prices.clone())).await.unwrap();
    nats::subscribed(catalog.inner()).await;

    let serve = async {
        let request = nats::next_of(&mut requests).await;
        let answer = async { catalog.publish(request.reply.clone().unwrap(), "9.99".into()).await };
        request.process(answer).await.unwrap();
    };
    let ask = Context::current_with_span(bench.spans.tracer().start("ask for a price"));
    let (reply, ()) = tokio::join!(within(shop.request(prices, "lamp".into())).with_context(ask), serve);
    let reply = reply.unwrap();
    reply.process(async { assert_eq!(reply.payload, "9.99") }).await;

    bench.tree(5).await.assert(
        "
        ask for a price        INTERNAL
        └ request prices       PRODUCER  #1  links: #2
          └ process prices     CONSUMER  links: #1
            └ publish          PRODUCER  #2
              └ process        CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn a_request_to_a_nats_service_is_one_trace_and_its_refusal_is_seen_on_both_sides() {
    use async_nats::service::error::Error;

    let bench = Bench::new();
    let prices = bench.name("prices");
    let client = nats::connect().await.traced(&bench.tracer);
    let service = within(client.service_builder().start("catalog", "1.0.0")).await.unwrap();
    let mut endpoint = within(service.endpoint(prices.clone())).await.unwrap();
    nats::subscribed(client.inner()).await;
    let shop = nats::connect().await.traced(&bench.tracer);

    let serve = async {
        let request = within(endpoint.next()).await.unwrap();
        let refusal = Error { status: "no such lamp".to_owned(), code: 404 };
        request.process(request.respond(Err(refusal))).await.unwrap();
    };
    let (reply, ()) = tokio::join!(within(shop.request(prices, "lamp".into())), serve);
    assert!(reply.unwrap().payload.is_empty());

    bench.tree(3).await.assert(
        "
        request prices       PRODUCER  #1  links: #2  error=404
        └ process prices     CONSUMER  links: #1      error=404
          └ publish          PRODUCER  #2
        ",
    );
}
