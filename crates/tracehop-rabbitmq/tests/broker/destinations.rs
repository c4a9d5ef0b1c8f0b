//! What destinations are called.

use futures::TryStreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation};

use crate::support::{Fixture, consume, next, publish, within};

const NAMES: [&str; 4] = [
    "messaging.destination.name",
    "messaging.rabbitmq.destination.routing_key",
    "messaging.destination.anonymous",
    "messaging.destination.temporary",
];

#[tokio::test]
async fn an_exchange_its_routing_key_and_a_queue_make_a_name() {
    let test = Fixture::new().await;
    let (shop, billing) = (test.exchange("shop").await, test.queue("billing").await);
    test.bind(&billing, &shop, "order.*").await;
    let confirmation = publish(&test.channel, shop.as_str(), "order.new", BasicProperties::default()).await;
    assert_eq!(confirmation, Ok(Confirmation::Ack(None)));
    let order = next(&mut test.consume(&billing).await).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(3).await.attributes(NAMES).assert(
        "
        publish shop:order.new  PRODUCER  #1  messaging.destination.name=shop:order.new  \
        messaging.rabbitmq.destination.routing_key=order.new
        └ process billing       CONSUMER  links: #1  messaging.destination.name=shop:order.new:billing  \
          messaging.rabbitmq.destination.routing_key=order.new
          └ ack billing         CLIENT  messaging.destination.name=shop:order.new:billing
        ",
    );
}

#[tokio::test]
async fn a_routing_key_with_an_identifier_is_a_pattern_in_names_or_in_none() {
    let test = Fixture::new().await;
    let (shop, billing) = (test.exchange("shop").await, test.queue("billing").await);
    test.bind(&billing, &shop, "order.#").await;
    let patterns = ["order.{id}.paid"];
    let templated = test.channel.clone().with_templates(patterns);
    let plain = test.channel.clone();
    for (channel, routing_key) in
        [(&plain, "order.7.paid"), (&templated, "order.8.paid"), (&templated, "order.9.new")]
    {
        publish(channel, shop.as_str(), routing_key, BasicProperties::default()).await.unwrap();
    }
    let mut consumer = test.consume(&billing).await;
    let order = next(&mut consumer).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    let mut consumer = consumer.with_templates(patterns);
    for _ in 0..2 {
        let order = next(&mut consumer).await;
        order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    }
    test.tree(9).await.attributes(["messaging.destination.name", "messaging.destination.template"]).assert(
        "
        publish shop                 PRODUCER  #1  messaging.destination.name=shop:order.7.paid
        └ process billing            CONSUMER  links: #1  messaging.destination.name=shop:order.7.paid:billing
          └ ack billing              CLIENT  messaging.destination.name=shop:order.7.paid:billing
        publish order.{id}.paid      PRODUCER  #2  messaging.destination.name=shop:order.8.paid  \
        messaging.destination.template=order.{id}.paid
        └ process order.{id}.paid    CONSUMER  links: #2  messaging.destination.name=shop:order.8.paid:billing  \
          messaging.destination.template=order.{id}.paid
          └ ack order.{id}.paid      CLIENT  messaging.destination.name=shop:order.8.paid:billing  \
            messaging.destination.template=order.{id}.paid
        publish shop                 PRODUCER  #3  messaging.destination.name=shop:order.9.new
        └ process billing            CONSUMER  links: #3  messaging.destination.name=shop:order.9.new:billing
          └ ack billing              CLIENT  messaging.destination.name=shop:order.9.new:billing
        ",
    );
}

#[tokio::test]
async fn the_patterns_of_a_channel_are_those_of_its_consumers() {
    let test = Fixture::new().await;
    let (shop, billing) = (test.exchange("shop").await, test.queue("billing").await);
    test.bind(&billing, &shop, "order.#").await;
    let channel = test.channel.clone().with_templates(["order.{id}"]);
    for _ in 0..2 {
        publish(&channel, shop.as_str(), "order.7", BasicProperties::default()).await.unwrap();
    }
    let got = within(channel.basic_get(billing.clone(), BasicGetOptions::default())).await.unwrap().unwrap();
    got.process(got.ack(BasicAckOptions::default())).await.unwrap();
    let order = next(&mut consume(&channel, &billing).await).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(6).await.assert(
        "
        publish order.{id}    PRODUCER  #1
        └ process order.{id}  CONSUMER  links: #1
          └ ack order.{id}    CLIENT
        publish order.{id}    PRODUCER  #2
        └ process order.{id}  CONSUMER  links: #2
          └ ack order.{id}    CLIENT
        ",
    );
}

#[tokio::test]
async fn neither_exchange_nor_routing_key_is_the_default_destination() {
    let test = Fixture::new().await;
    publish(&test.channel, "", "", BasicProperties::default()).await.unwrap();
    test.tree(1)
        .await
        .attributes(NAMES)
        .assert("publish amq.default  PRODUCER  messaging.destination.name=amq.default");
}

#[tokio::test]
async fn a_queue_that_the_broker_named_is_in_no_span_name() {
    let test = Fixture::new().await;
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let declared = test.channel.queue_declare("".into(), options, FieldTable::default());
    let queue = within(declared).await.unwrap().name().clone();
    test.publish(&queue, BasicProperties::default()).await;
    next(&mut test.consume(&queue).await).await.process(async {}).await;
    let expected = format!(
        "
        publish    PRODUCER  #1  messaging.destination.name={queue}  \
        messaging.rabbitmq.destination.routing_key={queue}  messaging.destination.anonymous=true
        └ process  CONSUMER  links: #1  messaging.destination.name={queue}  \
          messaging.rabbitmq.destination.routing_key={queue}  messaging.destination.anonymous=true
        "
    );
    test.tree(2).await.attributes(NAMES).assert(&expected);
}

#[tokio::test]
async fn a_direct_reply_is_linked_and_in_no_span_name() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let replies =
        test.channel.basic_consume("amq.rabbitmq.reply-to".into(), "".into(), options, FieldTable::default());
    let mut replies = within(replies).await.unwrap();
    let asking = BasicProperties::default()
        .with_reply_to("amq.rabbitmq.reply-to".into())
        .with_correlation_id("c-1".into());
    test.publish(&prices, asking).await;

    let request = next(&mut consume(&test.channel, &prices).await).await;
    request
        .process(async {
            let reply_to = request.properties.reply_to().clone().unwrap();
            let answering = BasicProperties::default().with_correlation_id("c-1".into());
            publish(&test.channel, "", reply_to.as_str(), answering).await.map(drop)
        })
        .await
        .unwrap();
    let reply = within(replies.try_next()).await.unwrap().unwrap();
    reply.process(async {}).await;

    let shown = ["messaging.destination.temporary", "messaging.message.conversation_id"];
    test.tree(4).await.attributes(shown).assert(
        "
        publish prices       PRODUCER  #1  messaging.message.conversation_id=c-1
        └ process prices     CONSUMER  links: #1  messaging.message.conversation_id=c-1
          └ publish          PRODUCER  #2  messaging.destination.temporary=true  \
            messaging.message.conversation_id=c-1
            └ process        CONSUMER  links: #2  messaging.destination.temporary=true  \
              messaging.message.conversation_id=c-1
        ",
    );
}

#[tokio::test]
async fn a_queue_whose_name_looks_like_an_identifier_is_in_no_span_name() {
    let test = Fixture::new().await;
    let replies = ["reply-0af76519-16cd-43dd-8448-eb211c80319c", "reply_42", "cus_NffrFeUfNV2Hib"];
    for queue in replies {
        publish(&test.channel, "", queue, BasicProperties::default()).await.unwrap();
    }
    test.tree(3).await.attributes(["messaging.destination.name"]).assert(
        "
        publish  PRODUCER  messaging.destination.name=reply-0af76519-16cd-43dd-8448-eb211c80319c
        publish  PRODUCER  messaging.destination.name=reply_42
        publish  PRODUCER  messaging.destination.name=cus_NffrFeUfNV2Hib
        ",
    );
}
