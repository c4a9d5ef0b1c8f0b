//! Messages that are sent on: to dead letters, or to be tried again.

use lapin::BasicProperties;
use lapin::options::BasicAckOptions;
use lapin::types::{AMQPValue, ShortString};

use crate::support::{Fixture, full_queue, next, table, text, within};

#[tokio::test]
async fn a_message_is_sent_on_below_its_span_with_a_count_and_a_reason() {
    let test = Fixture::new().await;
    let (orders, dead) = (test.queue("orders").await, test.queue("orders.dead").await);
    let headers =
        table(&[("tenant", text("a")), ("CC", AMQPValue::FieldArray(vec![text("orders.copy")].into()))]);
    let properties = BasicProperties::default()
        .with_headers(headers)
        .with_message_id("m-1".into())
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_user_id("guest".into())
        .with_expiration("60000".into());
    test.publish(&orders, properties).await;
    let order = next(&mut test.consume(&orders).await).await;
    let forward = |reason| test.channel.forward(&order, "".into(), dead.clone(), reason);
    within(order.process_or(async { Err::<(), _>("card declined") }, forward)).await.unwrap();
    order.ack(BasicAckOptions::default()).await.unwrap();

    let mut letters = test.consume(&dead).await;
    let letter = next(&mut letters).await;
    assert_eq!((letter.data.as_slice(), letter.attempts_before()), (&b"{}"[..], 1));
    let properties = &letter.properties;
    assert_eq!(properties.message_id().as_ref().map(ShortString::as_str), Some("m-1"));
    assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some("application/json"));
    assert_eq!(
        (*properties.delivery_mode(), properties.user_id(), properties.expiration()),
        (Some(2), &None, &None)
    );
    let headers: Vec<_> = properties.headers().as_ref().unwrap().inner().iter().collect();
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tenant", "tracehop-attempts", "tracehop-reason", "traceparent"]);
    assert_eq!(*headers[2].1, text("card declined"));

    // After the handler, and with an error: the message is not lost without a word.
    letter.process(async {}).await;
    let error =
        within(test.channel.forward(&letter, "".into(), test.name("nowhere"), "again")).await.unwrap_err();
    assert!(error.to_string().contains("NO_ROUTE"), "{error}");
    let error =
        within(test.channel.forward(&letter, "".into(), full_queue(&test).await, "again")).await.unwrap_err();
    assert_eq!(error.to_string(), "IO error: the broker did not take the message");
    test.tree(7).await.assert(
        "
        publish orders                       PRODUCER  #1
        └ process orders                     CONSUMER  links: #1
          ├ publish orders.dead              PRODUCER  #2
          │ └ process orders.dead            CONSUMER  links: #2
          │   ├ publish nowhere              PRODUCER  error=no-route
          │   └ publish full                 PRODUCER  error=nack
          └ ack orders                       CLIENT
        ",
    );
}

#[tokio::test]
async fn fifty_times_sent_on_a_message_has_one_trace_and_is_no_longer() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    test.publish(&orders, BasicProperties::default()).await;
    let mut consumer = test.consume(&orders).await;
    let mut sizes = Vec::new();
    for attempt in 0..50 {
        let order = next(&mut consumer).await;
        assert_eq!(order.attempts_before(), attempt);
        let forward = |reason| test.channel.forward(&order, "".into(), orders.clone(), reason);
        within(order.process_or(async { Err::<(), _>("declined") }, forward)).await.unwrap();
        order.ack(BasicAckOptions::default()).await.unwrap();
        sizes.push(order.properties.headers().as_ref().unwrap().inner().len());
    }
    assert_eq!((sizes[1], sizes[49]), (3, 3));
    let spans = test.ended(151).await;
    let trace = spans[0].span_context.trace_id();
    assert!(spans.iter().all(|span| span.span_context.trace_id() == trace));
}
