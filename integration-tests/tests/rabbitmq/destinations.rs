//! What destinations are called.

use futures::TryStreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, QueueDeclareOptions};
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
        publish shop:order.new            PRODUCER  #1  messaging.destination.name=shop:order.new  \
        messaging.rabbitmq.destination.routing_key=order.new
        └ process shop:order.new:billing  CONSUMER  links: #1  \
          messaging.destination.name=shop:order.new:billing  \
          messaging.rabbitmq.destination.routing_key=order.new
          └ ack shop:order.new:billing    CLIENT  messaging.destination.name=shop:order.new:billing
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
