//! Getting messages, handling them, and telling the broker what became of them.

use std::sync::Mutex;

use futures::{StreamExt, TryStreamExt};
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions,
    BasicRejectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use tokio::sync::mpsc;
use tracehop_rabbitmq::IntoTraced;
use tracehop_testing::{MetricRecorder, SpanRecorder};

use crate::support::{Fixture, attribute, next, publish, text, within};

fn none() -> BasicProperties {
    BasicProperties::default()
}

#[tokio::test]
async fn one_publish_and_one_process_are_one_linked_trace() {
    let test = Fixture::new().await;
    let (orders, shipments) = (test.queue("orders").await, test.queue("shipments").await);
    test.publish(&orders, none()).await;
    let order = next(&mut test.consume(&orders).await).await;
    assert_eq!(order.data, b"{}");
    let settled = order
        .process(async {
            test.publish(&shipments, none()).await;
            order.ack(BasicAckOptions::default()).await
        })
        .await;
    assert_eq!(settled, Ok(true));
    test.tree(4).await.assert(
        "
        publish orders         PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          ├ publish shipments  PRODUCER
          └ ack orders         CLIENT
        ",
    );
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn a_rejected_message_goes_on_in_the_dead_letter_queue() {
    let test = Fixture::new().await;
    let dead = test.queue("orders.dead").await;
    let arguments =
        [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(dead.as_str()))];
    let orders = test.queue_with("orders", QueueDeclareOptions::default(), &arguments).await;
    test.publish(&orders, none()).await;

    let order = next(&mut test.consume(&orders).await).await;
    let declined: Result<(), String> = order
        .process(async {
            order.reject(BasicRejectOptions { requeue: false }).await.unwrap();
            Err("declined".to_owned())
        })
        .await;
    assert_eq!(declined, Err("declined".to_owned()));
    let order = next(&mut test.consume(&dead).await).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();

    test.tree(5).await.attributes(["tracehop.rabbitmq.delivery_attempt"]).assert(
        "
        publish orders           PRODUCER  #1
        ├ process orders         CONSUMER  links: #1  error=_OTHER
        │ └ reject orders        CLIENT
        └ process orders.dead    CONSUMER  links: #1  tracehop.rabbitmq.delivery_attempt=2
          └ ack orders.dead      CLIENT
        ",
    );
}

#[tokio::test]
async fn a_message_that_was_put_back_is_processed_twice_in_one_trace() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, none()).await;
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    let put_back = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
    order.process(order.nack(put_back)).await.unwrap();
    let order = next(&mut consumer).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(5).await.attributes(["tracehop.rabbitmq.requeue", "tracehop.rabbitmq.redelivered"]).assert(
        "
            publish orders    PRODUCER  #1
            ├ process orders  CONSUMER  links: #1
            │ └ nack orders   CLIENT  tracehop.rabbitmq.requeue=true
            └ process orders  CONSUMER  links: #1  tracehop.rabbitmq.redelivered=true
              └ ack orders    CLIENT
            ",
    );
}

#[tokio::test]
async fn a_quorum_queue_tells_how_often_it_delivered() {
    let test = Fixture::new().await;
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let orders = test.queue_with("orders", options, &[("x-queue-type", text("quorum"))]).await;
    test.publish(&orders, none()).await;
    let mut consumer = test.consume(&orders).await;
    for _ in 0..2 {
        let order = next(&mut consumer).await;
        order.process(order.reject(BasicRejectOptions { requeue: true })).await.unwrap();
    }
    next(&mut consumer).await.process(async {}).await;
    let spans = test.ended(6).await;
    let processed = spans.iter().filter(|span| span.name.starts_with("process"));
    let attempts: Vec<_> =
        processed.map(|span| attribute(span, "tracehop.rabbitmq.delivery_attempt")).collect();
    assert_eq!(attempts, [None, Some("2".to_owned()), Some("3".to_owned())]);
}

#[tokio::test]
async fn getting_one_message_is_a_span_where_that_is_asked_for() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let orders = test.queue("orders").await;
    let get = || within(test.channel.basic_get(orders.clone(), BasicGetOptions::default()));
    assert!(get().await.unwrap().is_none());
    test.publish(&orders, none()).await;
    test.publish(&orders, none()).await;
    let order = get().await.unwrap().unwrap();
    assert_eq!((order.message_count, order.routing_key.clone()), (1, orders.clone()));
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(5).await.attributes(["messaging.rabbitmq.message.delivery_tag"]).assert(
        "
        publish orders    PRODUCER  #1
        ├ receive orders  CLIENT  links: #1  messaging.rabbitmq.message.delivery_tag=1
        └ process orders  CONSUMER  links: #1  messaging.rabbitmq.message.delivery_tag=1
          └ ack orders    CLIENT  messaging.rabbitmq.message.delivery_tag=1
        publish orders    PRODUCER
        ",
    );
}

#[tokio::test]
async fn getting_one_message_is_no_span_otherwise() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, none()).await;
    let order = within(test.channel.basic_get(orders, BasicGetOptions::default())).await.unwrap().unwrap();
    assert!(order.creation().is_valid());
    test.tree(1).await.assert("publish orders  PRODUCER");
}

#[tokio::test]
async fn a_delegate_runs_inside_the_span_of_its_delivery() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let consumer = test.consume(&orders).await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    consumer.set_delegate(move |order| {
        let sender = sender.clone();
        async move {
            let current = Context::current().span().span_context().span_id();
            let _ = match order? {
                Some(order) => {
                    order.ack(BasicAckOptions::default()).await?;
                    sender.send(Some((order.creation().span_id(), current)))
                }
                None => sender.send(None),
            };
            lapin::Result::Ok(())
        }
    });
    test.publish(&orders, none()).await;
    let (creation, current) = within(seen.recv()).await.unwrap().unwrap();
    let spans = test.ended(3).await;
    assert_eq!(spans[0].span_context.span_id(), creation);
    assert_eq!(spans[1].span_context.span_id(), current);

    // That the broker cancels is passed on, and is no delivery.
    within(test.channel.queue_delete(orders, QueueDeleteOptions::default())).await.unwrap();
    assert_eq!(within(seen.recv()).await.unwrap(), None);
    test.tree(3).await.assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn a_delegate_gets_what_came_before_it_and_its_failures_show() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, none()).await;
    let mut first = test.consume(&orders).await;
    // The second is there as well once the first was seen.
    test.publish(&orders, none()).await;
    next(&mut first).await;
    let start_up = Context::current_with_span(test.spans.tracer().start("start up"));
    {
        let _active = start_up.clone().attach();
        first.set_delegate(|order| async move {
            let order = order.map_err(|error| error.to_string())?;
            order.map_or(Ok(()), |_| Err("declined".to_owned()))
        });
    }
    start_up.span().end();
    test.tree(4).await.assert(
        "
        publish orders    PRODUCER
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1  error=_OTHER
        start up          INTERNAL
        ",
    );
}

#[tokio::test]
async fn a_delegates_function_is_called_in_the_order_of_the_deliveries() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let consumer = test.consume(&orders).await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    consumer.set_delegate(move |order| {
        if let Ok(Some(order)) = order {
            sender.send(order).unwrap();
        }
        async {}
    });
    for _ in 0..20 {
        test.publish(&orders, none()).await;
    }
    for tag in 1..=20 {
        assert_eq!(within(seen.recv()).await.unwrap().delivery_tag, tag);
    }
}

#[tokio::test]
async fn a_cancelled_consumer_is_a_stream_that_ends() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    let mut consumer = test.consume(&orders).await;
    assert_eq!(consumer.queue(), orders);
    within(test.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default())).await.unwrap();
    assert!(within(consumer.next()).await.is_none());
}

#[tokio::test]
async fn a_settlement_by_number_is_the_child_of_what_is_current() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    for _ in 0..4 {
        test.publish(&orders, none()).await;
    }
    let mut consumer = test.consume(&orders).await;
    for _ in 0..4 {
        next(&mut consumer).await;
    }
    test.spans.clear();
    let channel = &test.channel;
    let settle = async {
        channel.basic_ack(2, BasicAckOptions { multiple: true }).await?;
        channel.basic_nack(3, BasicNackOptions::default()).await?;
        channel.basic_reject(4, BasicRejectOptions::default()).await
    };
    let cx = Context::current_with_span(test.spans.tracer().start("night batch"));
    within(settle.with_context(cx)).await.unwrap();
    test.tree(4)
        .await
        .attributes(["messaging.rabbitmq.message.delivery_tag", "tracehop.rabbitmq.multiple"])
        .assert(
            "
            night batch      INTERNAL
            ├ ack orders     CLIENT  messaging.rabbitmq.message.delivery_tag=2  tracehop.rabbitmq.multiple=true
            ├ nack orders    CLIENT  messaging.rabbitmq.message.delivery_tag=3
            └ reject orders  CLIENT  messaging.rabbitmq.message.delivery_tag=4
            ",
        );
    let left = within(channel.queue_declare(
        orders,
        QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() },
        FieldTable::default(),
    ));
    assert_eq!(left.await.unwrap().message_count(), 0);
}

#[tokio::test]
async fn a_settlement_by_number_names_the_queue_if_there_is_one() {
    let test = Fixture::new().await;
    let (orders, bills) = (test.queue("orders").await, test.queue("bills").await);
    test.publish(&orders, none()).await;
    test.publish(&bills, none()).await;
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    let ack = |tag| test.channel.basic_ack(tag, BasicAckOptions::default());
    order.process(ack(order.delivery_tag)).await.unwrap();
    let got = test.channel.basic_get(bills, BasicGetOptions::default());
    let bill = within(got).await.unwrap().unwrap();
    bill.process(ack(bill.delivery_tag)).await.unwrap();
    test.tree(6).await.attributes(["messaging.destination.name"]).assert(
        "
        publish orders    PRODUCER  #1  messaging.destination.name=orders
        └ process orders  CONSUMER  links: #1  messaging.destination.name=orders
          └ ack orders    CLIENT  messaging.destination.name=orders
        publish bills     PRODUCER  #2  messaging.destination.name=bills
        └ process bills   CONSUMER  links: #2  messaging.destination.name=bills
          └ ack           CLIENT
        ",
    );
}

#[tokio::test]
async fn a_settlement_by_number_alone_makes_no_span() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, none()).await;
    let order = next(&mut test.consume(&orders).await).await;
    within(test.channel.basic_ack(order.delivery_tag, BasicAckOptions::default())).await.unwrap();
    test.tree(1).await.assert("publish orders  PRODUCER");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_may_be_a_task_of_its_own() {
    let test = Fixture::new().await;
    let (orders, shipments) = (test.queue("orders").await, test.queue("shipments").await);
    let (channel, mut consumer) = (test.channel.clone(), test.consume(&orders).await);
    let worker = tokio::spawn(async move {
        let handled = next(&mut consumer).await.process_owned(|order| async move {
            order.ack(BasicAckOptions::default()).await?;
            publish(&channel, "", shipments.as_str(), none()).await.map(|confirmation| (confirmation,))
        });
        tokio::spawn(handled).await.unwrap().map(|(confirmation,)| confirmation)
    });
    test.publish(&orders, none()).await;
    assert_eq!(within(worker).await.unwrap(), Ok(Confirmation::Ack(None)));
    test.tree(4).await.assert(
        "
        publish orders         PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          ├ ack orders         CLIENT
          └ publish shipments  PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_consumer_of_an_untraced_channel_can_be_traced() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, none()).await;
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let consumer = test.channel.inner().basic_consume(orders, "".into(), options, arguments);
    let mut consumer = within(consumer).await.unwrap().traced(&test.tracer);
    let order = next(&mut consumer).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(3).await.assert(
        "
        publish orders    PRODUCER  #1
        └ process orders  CONSUMER  links: #1
          └ ack orders    CLIENT
        ",
    );
}

#[tokio::test]
async fn concurrent_handlers_keep_their_contexts_apart() {
    const MESSAGES: usize = 50;
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    for _ in 0..MESSAGES {
        test.publish(&orders, none()).await;
    }
    let consumer = test.consume(&orders).await;
    let seen = Mutex::new(0);
    let all = consumer.take(MESSAGES).try_for_each_concurrent(16, |order| {
        let seen = &seen;
        async move {
            order
                .process(async {
                    tokio::task::yield_now().await;
                    let current = Context::current().span().span_context().trace_id();
                    assert_eq!(current, order.creation().trace_id());
                    *seen.lock().unwrap() += 1;
                    order.ack(BasicAckOptions::default()).await
                })
                .await
                .map(drop)
        }
    });
    within(all).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), MESSAGES);
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn settlements_after_the_handler_are_below_it() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    for _ in 0..3 {
        test.publish(&orders, none()).await;
    }
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    order.process(async {}).await;
    order.ack(BasicAckOptions::default()).await.unwrap();
    let order = next(&mut consumer).await;
    order.process(async { Err::<(), _>("declined") }).await.unwrap_err();
    order.acker.nack(BasicNackOptions::default()).await.unwrap();
    // In another task, which knows the acker alone.
    let order = next(&mut consumer).await;
    order.process(async {}).await;
    let (_, acker) = order.into_inner().split();
    let rejected = tokio::spawn(async move { acker.reject(BasicRejectOptions::default()).await });
    assert_eq!(within(rejected).await.unwrap(), Ok(true));
    test.tree(9).await.assert(
        "
        publish orders     PRODUCER  #1
        └ process orders   CONSUMER  links: #1
          └ ack orders     CLIENT
        publish orders     PRODUCER  #2
        └ process orders   CONSUMER  links: #2  error=_OTHER
          └ nack orders    CLIENT
        publish orders     PRODUCER  #3
        └ process orders   CONSUMER  links: #3
          └ reject orders  CLIENT
        ",
    );
}

#[tokio::test]
async fn a_dead_letter_after_the_handler_goes_on_in_the_trace() {
    let test = Fixture::new().await;
    let (orders, dead) = (test.queue("orders").await, test.queue("orders.dead").await);
    test.publish(&orders, none().with_message_id("m-1".into())).await;
    let order = next(&mut test.consume(&orders).await).await;
    let handled = order.process(async { Err::<(), _>("declined") }).await;
    assert_eq!(handled, Err("declined"));
    publish(&test.channel, "", dead.as_str(), order.properties.clone()).await.unwrap();
    order.ack(BasicAckOptions::default()).await.unwrap();
    let letter = next(&mut test.consume(&dead).await).await;
    letter.process(letter.ack(BasicAckOptions::default())).await.unwrap();
    test.tree(6).await.assert(
        "
        publish orders             PRODUCER  #1
        └ process orders           CONSUMER  links: #1  error=_OTHER
          ├ publish orders.dead    PRODUCER  #2
          │ └ process orders.dead  CONSUMER  links: #2
          │   └ ack orders.dead    CLIENT
          └ ack orders             CLIENT
        ",
    );
}

#[tokio::test]
async fn two_consumers_of_the_same_message_settle_it_each_below_its_own_span() {
    let test = Fixture::new().await;
    let (shop, billing, archive) =
        (test.exchange("shop").await, test.queue("billing").await, test.queue("archive").await);
    test.bind(&billing, &shop, "order.new").await;
    test.bind(&archive, &shop, "order.new").await;
    publish(&test.channel, shop.as_str(), "order.new", none()).await.unwrap();
    let (mut billing, mut archive) = (test.consume(&billing).await, test.consume(&archive).await);
    let (billed, archived) = (next(&mut billing).await, next(&mut archive).await);
    billed.process(async {}).await;
    archived.process(async {}).await;
    billed.ack(BasicAckOptions::default()).await.unwrap();
    archived.acker.ack(BasicAckOptions::default()).await.unwrap();
    test.tree(5).await.assert(
        "
        publish shop:order.new  PRODUCER  #1
        ├ process billing       CONSUMER  links: #1
        │ └ ack billing         CLIENT
        └ process archive       CONSUMER  links: #1
          └ ack archive         CLIENT
        ",
    );
}

#[tokio::test]
async fn getting_from_a_queue_that_is_not_there_is_seen_in_the_metrics() {
    let (spans, metrics) = (SpanRecorder::new(), MetricRecorder::new());
    let tracer = spans.messaging_tracer_builder().receive_spans(true).metrics(metrics.messaging()).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let absent = test.name("absent");
    within(test.channel.basic_get(absent, BasicGetOptions::default())).await.unwrap_err();
    let failed = metrics.lines().into_iter().filter(|line| line.contains("error.type=not-found"));
    let failed: Vec<_> = failed.filter(|line| line.contains("messaging.operation.type=receive")).collect();
    assert_eq!(failed.len(), 1, "{:#?}", metrics.lines());
    assert!(test.spans.finished().is_empty());
}
