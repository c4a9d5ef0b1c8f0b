//! What is done about a message after its handler: settlements, retries and dead letters belong to its trace.

use async_nats::jetstream::message::PublishMessage;
use tracehop_nats::{FromStream, IntoTraced, TracedMessage};

use crate::support::{Fixture, dump, headers, next, subscribed, try_next, within};

fn decline() -> std::future::Ready<Result<(), String>> {
    std::future::ready(Err("declined".to_owned()))
}

/// A stored order, received.
async fn order(test: &Fixture, order: PublishMessage) -> TracedMessage {
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await.traced(&test.tracer);
    let ack = test.context().send_publish(format!("{}.new", test.name("orders")), order).await.unwrap();
    within(ack.into_future()).await.unwrap();
    try_next(&mut within(consumer.messages()).await.unwrap()).await
}

fn plain() -> PublishMessage {
    PublishMessage::build().payload("{}".into())
}

#[tokio::test]
async fn a_settlement_after_the_handler_is_below_its_span() {
    let test = Fixture::new().await;
    let order = order(&test, plain()).await;
    decline_in(&order).await;
    within(order.double_ack()).await.unwrap();
    let (_, acker) = order.into_inner().split();
    acker.ack().await.unwrap();
    test.tree(4).await.assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1  error=_OTHER
          ├ ack orders        CLIENT
          └ ack orders        CLIENT
        ",
    );
}

async fn decline_in(order: &tracehop::Received<FromStream, tracehop_nats::Nats>) {
    order.process(decline()).await.unwrap_err();
}

#[tokio::test]
async fn a_settlement_in_another_task_is_below_the_span_of_the_handler() {
    let test = Fixture::new().await;
    let order = order(&test, plain()).await;
    order.process(async {}).await;
    within(tokio::spawn(async move { order.ack().await })).await.unwrap().unwrap();
    test.tree(3).await.assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1
          └ ack orders        CLIENT
        ",
    );
}

#[tokio::test]
async fn a_dead_letter_with_the_same_headers_goes_on_in_the_trace_wherever_it_is_sent() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let mut dead = test.client.subscribe(test.name("dead")).await.unwrap();
    test.client.publish(test.name("orders"), "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    order.process(decline()).await.unwrap_err();
    let again = order.headers.clone().unwrap();
    test.client.publish_with_headers(test.name("dead"), again.clone(), order.payload.clone()).await.unwrap();
    next(&mut dead).await.process(async {}).await;
    let (client, subject) = (test.client.clone(), test.name("dead"));
    let sent = tokio::spawn(async move { client.publish_with_headers(subject, again, "{}".into()).await });
    within(sent).await.unwrap().unwrap();
    next(&mut dead).await.process(async {}).await;
    test.tree(6).await.assert(
        "
        publish orders          PRODUCER  #1
        └ process orders        CONSUMER  links: #1  error=_OTHER
          ├ publish dead        PRODUCER  #2
          │ └ process dead      CONSUMER  links: #2
          └ publish dead        PRODUCER  #3
            └ process dead      CONSUMER  links: #3
        ",
    );
}

#[tokio::test]
async fn a_message_that_is_sent_on_keeps_its_payload_and_headers_and_counts_its_attempts() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let mut dead = test.client.subscribe(test.name("dead")).await.unwrap();
    let given = headers(&[("tag", "1"), ("tag", "2"), ("Nats-Msg-Id", "ord_42"), ("nats-rollup", "all")]);
    let to = test.name("orders");
    test.client.publish_with_reply_and_headers(to, "replies", given, "{}".into()).await.unwrap();
    let order = next(&mut orders).await;
    let sent_on =
        order.process_or(decline(), |error| test.client.forward(&order, test.name("dead"), error)).await;
    sent_on.unwrap();
    let first = next(&mut dead).await;
    assert_eq!(
        (first.payload.as_ref(), first.reply.as_ref(), first.attempts_before()),
        (&b"{}"[..], None, 1)
    );
    first.process(decline()).await.unwrap_err();
    // Nothing is current any more.
    test.client.forward(&first, test.name("dead"), "declined\r\nagain").await.unwrap();
    let second = next(&mut dead).await;
    let context = second.creation().to_string();
    let expected = [
        ("tag", "1"),
        ("tag", "2"),
        ("tracehop-attempts", "2"),
        ("tracehop-reason", "declined  again"),
        ("traceparent", &context),
    ];
    assert_eq!(
        dump(second.headers.as_ref()),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    test.tree(5).await.events(true).assert(
        "
        publish orders          PRODUCER  #1
        └ process orders        CONSUMER  links: #1  events: tracehop.failure_handled
          └ publish dead        PRODUCER  #2
            └ process dead      CONSUMER  links: #2  error=_OTHER
              └ publish dead    PRODUCER
        ",
    );
}

#[tokio::test]
async fn fifty_times_sent_on_is_one_trace_and_the_headers_do_not_grow() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let given = headers(&[("tracestate", "congo=1"), ("baggage", "tenant=a"), ("tag", "1")]);
    test.client.publish_with_headers(test.name("orders"), given, "{}".into()).await.unwrap();
    let mut names = Vec::new();
    for attempt in 0..50 {
        let order = next(&mut orders).await;
        assert_eq!(order.attempts_before(), attempt);
        if attempt == 1 {
            names = dump(order.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
        }
        order.process(decline()).await.unwrap_err();
        test.client.forward(&order, test.name("orders"), "declined").await.unwrap();
    }
    let last = next(&mut orders).await;
    assert_eq!(dump(last.headers.as_ref()).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
    let spans = test.ended(101).await;
    let first = spans[0].span_context.trace_id();
    assert!(spans.iter().all(|span| span.span_context.trace_id() == first));
}

#[tokio::test]
async fn a_dead_letter_in_a_stream_is_stored_before_the_order_is_acknowledged() {
    let test = Fixture::new().await;
    let mut orders = test.stream("orders").await;
    let consumer = test.consumer(&orders, "billing").await.traced(&test.tracer);
    let context = test.context();
    let subject = |name| format!("{}.{name}", test.name("orders"));
    let ack = context.send_publish(subject("new"), plain().message_id("ord_42")).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let mut messages = within(consumer.messages()).await.unwrap();
    let order = try_next(&mut messages).await;
    let sent_on = order.process_or(decline(), |error| context.forward(&order, subject("retry"), error));
    within(sent_on).await.unwrap();
    order.ack().await.unwrap();
    // The identifier would have made it a duplicate of the first.
    assert_eq!(within(orders.info()).await.unwrap().state.messages, 2);
    let again = try_next(&mut messages).await;
    assert_eq!(again.attempts_before(), 1);
    within(again.process(again.ack())).await.unwrap();
    let failed = again.process_or(decline(), |error| context.forward(&again, test.name("nowhere"), error));
    within(failed).await.unwrap_err();
    test.tree(8).await.assert(
        "
        publish orders.new                PRODUCER  #1
        └ process orders                  CONSUMER  links: #1
          ├ publish orders.retry          PRODUCER  #2
          │ ├ process orders              CONSUMER  links: #2
          │ │ └ ack orders                CLIENT
          │ └ process orders              CONSUMER  links: #2  error=stream_not_found
          │   └ publish nowhere           PRODUCER  error=stream_not_found
          └ ack orders                    CLIENT
        ",
    );
}

#[tokio::test]
async fn a_message_of_any_form_can_be_sent_on() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let peer = test.peer().await;
    let mut plain = within(peer.subscribe(test.name("news"))).await.unwrap();
    let mut dead = within(peer.subscribe(test.name("dead"))).await.unwrap();
    let service = within(test.client.service_builder().start("prices", "1.0.0")).await.unwrap();
    let mut prices = within(service.endpoint(test.name("prices"))).await.unwrap();
    subscribed(&peer).await;
    test.subscribed().await;

    test.client.publish(test.name("news"), "plain".into()).await.unwrap();
    let message = test.tracer.receive::<tracehop_nats::Nats, _>(next(&mut plain).await);
    test.client.forward(&message, test.name("dead"), "declined").await.unwrap();
    test.client.publish(test.name("prices"), "request".into()).await.unwrap();
    let request = next(&mut prices).await;
    test.client.forward(&request, test.name("dead"), "declined").await.unwrap();
    test.store(&format!("{}.new", test.name("orders"))).await;
    let stored = within(stream.get_raw_message(1)).await.unwrap();
    let stored = test.tracer.receive::<tracehop_nats::Nats, _>(stored);
    test.client.forward(&stored, test.name("dead"), "declined").await.unwrap();
    for expected in ["plain", "request", "{}"] {
        let letter = next(&mut dead).await;
        assert_eq!((letter.payload.as_ref(), letter.headers.unwrap().len()), (expected.as_bytes(), 3));
    }
}

#[tokio::test]
async fn the_largest_message_is_sent_on_without_more_headers() {
    let test = Fixture::new().await;
    let mut orders = test.client.subscribe(test.name("orders")).await.unwrap();
    let largest = vec![b' '; test.client.max_payload()];
    test.client.publish(test.name("orders"), largest.into()).await.unwrap();
    let order = next(&mut orders).await;
    test.client.forward(&order, test.name("orders"), "declined").await.unwrap();
    let again = next(&mut orders).await;
    assert_eq!((again.payload.len(), again.headers.as_ref()), (test.client.max_payload(), None));
}
