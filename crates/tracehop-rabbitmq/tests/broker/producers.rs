//! Publishing, and the broker's answers.

use std::time::SystemTime;

use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, ShortString};
use lapin::{BasicProperties, Confirmation, ConnectionProperties};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use tracehop::ClientFacts;
use tracehop_rabbitmq::{IntoTraced, TracedChannel};
use tracehop_testing::SpanRecorder;

use crate::support::{Fixture, HALF_OPEN, attribute, full_queue, proxy, publish, text, url, within};

const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

#[tokio::test]
async fn a_publish_is_the_child_of_the_span_around_it_and_ends_with_the_confirm() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let cx = Context::current_with_span(test.spans.tracer().start("checkout"));
    let confirm = test
        .channel
        .basic_publish("".into(), orders, BasicPublishOptions::default(), b"{}", BasicProperties::default())
        .with_context(cx);
    let confirm = within(confirm).await.unwrap();
    assert_eq!(test.spans.unfinished(), 1, "the publish waits for its confirm");
    assert_eq!(within(confirm).await, Ok(Confirmation::Ack(None)));
    test.tree(2).await.assert(
        "
        checkout          INTERNAL
        └ publish orders  PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_span_says_what_the_conventions_ask() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let facts = ClientFacts::default().server("rabbit-1", 5672).client_id("checkout-1");
    let channel = test.channel.clone().with_facts(facts);
    let properties =
        BasicProperties::default().with_message_id("m-1".into()).with_correlation_id("c-1".into());
    publish(&channel, "", orders.as_str(), properties).await.unwrap();
    let spans = test.ended(1).await;
    for (key, expected) in [
        ("messaging.system", "rabbitmq"),
        ("messaging.operation.name", "publish"),
        ("messaging.operation.type", "send"),
        ("messaging.destination.name", "orders"),
        ("messaging.rabbitmq.destination.routing_key", "orders"),
        ("messaging.message.id", "m-1"),
        ("messaging.message.conversation_id", "c-1"),
        ("messaging.client.id", "checkout-1"),
        ("server.address", "rabbit-1"),
        ("server.port", "5672"),
    ] {
        assert_eq!(attribute(&spans[0], key).as_deref(), Some(expected), "{key}");
    }
    for absent in ["error.type", "messaging.message.body.size", "messaging.rabbitmq.message.delivery_tag"] {
        assert_eq!(attribute(&spans[0], absent), None, "{absent}");
    }
}

#[tokio::test]
async fn without_confirms_a_publish_ends_when_it_is_written() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let channel = within(test.connection.create_channel()).await.unwrap().traced(&test.tracer);
    let options = BasicPublishOptions::default();
    let confirm =
        within(channel.basic_publish("".into(), orders.clone(), options, b"{}", BasicProperties::default()))
            .await
            .unwrap();
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (1, 0));
    assert_eq!(within(confirm).await, Ok(Confirmation::NotRequested));
    test.tree(1).await.events(true).assert("publish orders  PRODUCER");
}

#[tokio::test]
async fn a_message_that_no_queue_wants_is_an_error_although_it_is_confirmed() {
    let test = Fixture::new().await;
    let nowhere = test.name("nowhere");
    let properties = BasicProperties::default();
    let confirm = within(test.channel.basic_publish("".into(), nowhere, MANDATORY, b"{}", properties));
    let confirmation = within(confirm.await.unwrap()).await.unwrap();
    // As lapin says it.
    assert!(confirmation.is_ack());
    let returned = confirmation.take_message().unwrap();
    assert_eq!((returned.reply_code, returned.data.as_slice()), (312, &b"{}"[..]));
    test.tree(1).await.assert("publish nowhere  PRODUCER  error=no-route");
    let status = format!("{:?}", test.ended(1).await[0].status);
    assert!(status.contains("the broker returned the message: 312 NO_ROUTE"), "{status}");
}

#[tokio::test]
async fn a_message_the_broker_does_not_take_is_an_error() {
    let test = Fixture::new().await;
    let arguments = [("x-max-length", AMQPValue::LongInt(1)), ("x-overflow", text("reject-publish"))];
    let small = test.queue_with("small", QueueDeclareOptions::default(), &arguments).await;
    let properties = BasicProperties::default;
    let mut confirmation = publish(&test.channel, "", small.as_str(), properties()).await.unwrap();
    let mut published = 1;
    // A classic queue may take a message more before it counts.
    while confirmation == Confirmation::Ack(None) && published < 10 {
        confirmation = publish(&test.channel, "", small.as_str(), properties()).await.unwrap();
        published += 1;
    }
    assert_eq!(confirmation, Confirmation::Nack(None));
    let spans = test.ended(published).await;
    let errors: Vec<_> = spans.iter().map(|span| attribute(span, "error.type")).collect();
    assert_eq!(errors.last().unwrap().as_deref(), Some("nack"));
    assert!(errors[..published - 1].iter().all(Option::is_none), "{errors:?}");
}

#[tokio::test]
async fn an_exchange_that_does_not_exist_is_an_error_of_the_confirm() {
    let test = Fixture::new().await;
    let shop = test.name("shop");
    let failed = publish(&test.channel, shop.as_str(), "order.new", BasicProperties::default());
    let error = failed.await.unwrap_err();
    assert!(error.is_amqp_soft_error(), "{error}");
    test.tree(1).await.assert("publish shop:order.new  PRODUCER  error=not-found");
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_publish_on_a_closed_channel_is_one_span_with_the_clients_error() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    within(test.channel.close(200, "OK".into())).await.unwrap();
    let error = publish(&test.channel, "", orders.as_str(), BasicProperties::default()).await.unwrap_err();
    assert!(error.to_string().contains("invalid channel state"), "{error}");
    test.tree(1).await.assert("publish orders  PRODUCER  error=invalid_channel_state");
}

/// Publishes, and drops the confirm.
async fn publish_and_forget(
    channel: &TracedChannel,
    routing_key: &ShortString,
    options: BasicPublishOptions,
) {
    let properties = BasicProperties::default();
    let confirm = channel.basic_publish("".into(), routing_key.clone(), options, b"{}", properties);
    drop(within(confirm).await.unwrap());
}

#[tokio::test]
async fn waiting_for_confirms_ends_the_spans_of_dropped_ones_as_the_broker_answered() {
    let test = Fixture::new().await;
    let (orders, full, nowhere) = (test.queue("orders").await, full_queue(&test).await, test.name("nowhere"));
    for (routing_key, options) in [
        (&orders, BasicPublishOptions::default()),
        (&full, BasicPublishOptions::default()),
        (&nowhere, MANDATORY),
        (&orders, MANDATORY),
        (&orders, BasicPublishOptions::default()),
    ] {
        publish_and_forget(&test.channel, routing_key, options).await;
    }
    let returned = within(test.channel.wait_for_confirms()).await.unwrap();
    assert_eq!(returned.iter().map(|message| message.reply_code).collect::<Vec<_>>(), [312]);
    assert_eq!(returned[0].data, b"{}");
    test.tree(5).await.events(true).assert(
        "
        publish orders   PRODUCER
        publish full     PRODUCER  error=nack
        publish nowhere  PRODUCER  error=no-route
        publish orders   PRODUCER  events: tracehop.unconfirmed
        publish orders   PRODUCER
        ",
    );
    assert_eq!(test.spans.unfinished(), 0);
    assert!(within(test.channel.wait_for_confirms()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_untraced_clone_of_a_channel_gets_what_is_returned_of_dropped_confirms() {
    let test = Fixture::new().await;
    let nowhere = test.name("nowhere");
    publish_and_forget(&test.channel, &nowhere, MANDATORY).await;
    let returned = within(test.channel.inner().wait_for_confirms()).await.unwrap();
    assert_eq!(returned.iter().map(|message| message.reply_code).collect::<Vec<_>>(), [312]);
}

#[tokio::test]
async fn a_dropped_confirm_ends_when_its_answer_came_although_that_is_noticed_later() {
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let full = full_queue(&test).await;
    // The answer comes after the confirm was dropped.
    proxy.apply(HALF_OPEN);
    publish_and_forget(&test.channel, &full, BasicPublishOptions::default()).await;
    proxy.heal();
    // Another channel waits until the queue has answered, so that this one does not notice.
    let channel = within(test.connection.create_channel()).await.unwrap();
    within(channel.confirm_select(ConfirmSelectOptions::default())).await.unwrap();
    for _ in 0..3 {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let confirm =
            within(channel.basic_publish("".into(), full.clone(), options, b"{}", properties)).await;
        assert!(within(confirm.unwrap()).await.unwrap().is_nack());
    }
    assert_eq!(test.spans.unfinished(), 1);
    let noticed = SystemTime::now();
    publish_and_forget(&test.channel, &full, BasicPublishOptions::default()).await;
    let first = &test.spans.finished()[0];
    assert_eq!(attribute(first, "error.type").as_deref(), Some("nack"));
    assert!(first.end_time <= noticed, "{:?} is after {noticed:?}", first.end_time);
}

#[tokio::test]
async fn more_dropped_confirms_than_are_kept_end_without_their_answers() {
    const MOST: usize = 1024;
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let orders = test.queue("orders").await;
    proxy.apply(HALF_OPEN);
    for options in [BasicPublishOptions::default(), MANDATORY] {
        for _ in 0..MOST + 2 {
            publish_and_forget(&test.channel, &orders, options).await;
        }
    }
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (4, 2 * MOST));
    let finished = test.spans.finished();
    let events: Vec<_> = finished.iter().map(|span| span.events.first().unwrap().name.clone()).collect();
    assert_eq!(events, ["tracehop.unconfirmed"; 4]);
}

#[tokio::test]
async fn a_returned_message_is_the_error_of_its_own_publish_however_many_are_on_their_way() {
    let test = Fixture::new().await;
    let (orders, nowhere) = (test.queue("orders").await, test.name("nowhere"));
    for number in 0..500 {
        let routing_key = if number % 10 == 7 { &nowhere } else { &orders };
        publish_and_forget(&test.channel, routing_key, MANDATORY).await;
    }
    // lapin hands some of them to the confirms of other publishes: what it has not got yet comes with a later wait.
    let waited = async {
        let mut returned = 0;
        while returned < 50 {
            returned += test.channel.wait_for_confirms().await.unwrap().len();
            tokio::task::yield_now().await;
        }
    };
    within(waited).await;
    let mut confirms = Vec::new();
    for number in 0..500 {
        let routing_key = if number % 10 == 7 { &nowhere } else { &orders };
        let properties = BasicProperties::default();
        let confirm =
            test.channel.basic_publish("".into(), routing_key.clone(), MANDATORY, b"{}", properties);
        confirms.push(within(confirm).await.unwrap());
    }
    for confirm in confirms {
        within(confirm).await.unwrap();
    }
    let spans = test.ended(1000).await;
    for span in spans.iter().filter(|span| span.name == "publish orders") {
        assert_eq!(attribute(span, "error.type"), None, "{:?}", span.attributes);
    }
    let refused = spans.iter().filter(|span| attribute(span, "error.type").is_some());
    assert!(refused.count() >= 50, "those that nobody awaited are all found");
}

#[tokio::test]
async fn a_transaction_is_the_channels_own() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let channel = within(test.connection.create_channel()).await.unwrap().traced(&test.tracer);
    within(channel.tx_select()).await.unwrap();
    publish(&channel, "", orders.as_str(), BasicProperties::default()).await.unwrap();
    let get = || channel.basic_get(orders.clone(), BasicGetOptions { no_ack: true });
    assert!(within(get()).await.unwrap().is_none());
    within(channel.tx_commit()).await.unwrap();
    let order = within(get()).await.unwrap().unwrap();
    order.process(async {}).await;
    test.tree(2).await.assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}
