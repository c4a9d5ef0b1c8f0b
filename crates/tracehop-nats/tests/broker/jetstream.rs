//! Publishes to a stream.

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::context::traits::Publisher;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;
use futures::StreamExt;
use tracehop::Problem;

use crate::support::{FOREIGN, Fixture, attribute, dump, headers, within};

/// The headers of each message in a stream. The client's way to get one message drops repeated headers.
async fn stored(stream: &Stream, count: usize) -> Vec<HeaderMap> {
    let consumer = within(stream.create_consumer(pull::OrderedConfig::default())).await.unwrap();
    let messages = within(consumer.messages()).await.unwrap().take(count);
    within(messages.map(|message| message.unwrap().message.headers.unwrap()).collect()).await
}

const SHOWN: [&str; 3] = ["tracehop.nats.stream", "messaging.message.id", "tracehop.nats.duplicate"];

#[tokio::test]
async fn a_publish_ends_with_the_streams_answer() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let context = test.context();
    let subject = format!("{}.new", test.name("orders"));
    let first = context.publish(subject.clone(), "{}".into()).await.unwrap();
    let second = context.publish_with_headers(subject, headers(&[("tag", "1")]), "{}".into()).await.unwrap();
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 2));
    assert_eq!(within(second.into_future()).await.unwrap().sequence, 2);
    assert_eq!(within(first.into_future()).await.unwrap().sequence, 1);
    test.tree(2).await.attributes(SHOWN).assert(
        "
        publish orders.new  PRODUCER  tracehop.nats.stream=orders  messaging.message.id=orders:1
        publish orders.new  PRODUCER  tracehop.nats.stream=orders  messaging.message.id=orders:2
        ",
    );
}

#[tokio::test]
async fn a_message_with_an_identifier_keeps_it_and_a_duplicate_is_marked() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let context = test.context();
    let subject = format!("{}.new", test.name("orders"));
    for duplicate in [false, true] {
        let order = PublishMessage::build()
            .headers(headers(&[("tag", "1"), ("tag", "2")]))
            .payload("{}".into())
            .message_id("ord_42");
        let ack = context.send_publish(subject.clone(), order).await.unwrap();
        assert_eq!(within(ack.into_future()).await.unwrap().duplicate, duplicate);
    }
    let stored = stored(&stream, 1).await.remove(0);
    let span = &test.ended(2).await[0];
    let names: Vec<_> = dump(Some(&stored)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Nats-Msg-Id", "tag", "tag", "traceparent"]);
    let traceparent = stored.get("traceparent").unwrap().as_str();
    assert!(traceparent.contains(&span.span_context.span_id().to_string()), "{traceparent}");
    test.tree(2).await.attributes(SHOWN).assert(
        "
        publish orders.new  PRODUCER  tracehop.nats.stream=orders  messaging.message.id=ord_42
        publish orders.new  PRODUCER  tracehop.nats.stream=orders  messaging.message.id=ord_42  \
        tracehop.nats.duplicate=true
        ",
    );
}

#[tokio::test]
async fn a_publish_that_no_stream_takes_ends_as_the_client_says() {
    let test = Fixture::new().await;
    let context = test.context();
    let ack = context.publish(test.name("orders"), "{}".into()).await.unwrap();
    let error = within(ack.into_future()).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::StreamNotFound);
    test.tree(1).await.assert("publish orders  PRODUCER  error=stream_not_found");
}

#[tokio::test]
async fn a_publish_that_the_stream_refuses_ends_as_the_client_says() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let context = test.context();
    let subject = format!("{}.new", test.name("orders"));
    let order = || PublishMessage::build().payload("{}".into());
    for order in [order().expected_last_sequence(7), order().expected_stream("another")] {
        let ack = context.send_publish(subject.clone(), order).await.unwrap();
        within(ack.into_future()).await.unwrap_err();
    }
    let too_large = vec![b' '; test.client.max_payload() + 1];
    let error = context.publish(subject.clone(), too_large.into()).await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::MaxPayloadExceeded);
    context.publish("two words", "{}".into()).await.unwrap_err();
    test.tree(4).await.assert(
        "
        publish orders.new  PRODUCER  error=wrong_last_sequence
        publish orders.new  PRODUCER  error=jetstream_10060
        publish orders.new  PRODUCER  error=max_payload_exceeded
        publish two words   PRODUCER  error=_OTHER
        ",
    );
}

#[tokio::test]
async fn a_publish_whose_answer_nobody_waits_for_is_sent_and_unconfirmed() {
    let test = Fixture::new().await;
    let mut stream = test.stream("orders").await;
    let context = test.context();
    let subject = format!("{}.new", test.name("orders"));
    drop(context.publish(subject.clone(), "{}".into()).await.unwrap());
    drop(context.publish(subject.clone(), "{}".into()).await.unwrap().into_future());
    let own = context.publish(subject, "{}".into()).await.unwrap().into_inner();
    within(own.into_future()).await.unwrap();
    assert_eq!(within(stream.info()).await.unwrap().state.messages, 3);
    test.tree(3).await.events(true).assert(
        "
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        ",
    );
}

/// What an application may be generic over.
async fn store(to: &impl Publisher, subject: String) -> u64 {
    let message = PublishMessage::build().payload("{}".into()).outbound_message(subject.clone());
    within(to.publish_message(message).await.unwrap().into_future()).await.unwrap();
    within(to.publish(subject, "{}".into()).await.unwrap().into_future()).await.unwrap().sequence
}

#[tokio::test]
async fn generic_code_takes_the_wrapper_for_the_context() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    assert_eq!(store(&test.context(), format!("{}.new", test.name("orders"))).await, 2);
    assert!(stored(&stream, 2).await.iter().all(|headers| headers.get("traceparent").is_some()));
    test.tree(2).await.events(true).assert(
        "
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        publish orders.new  PRODUCER  events: tracehop.unconfirmed
        ",
    );
}

#[tokio::test]
async fn a_stored_context_goes_into_the_stream_as_it_is() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let outbox = headers(&[("traceparent", FOREIGN)]);
    let ack = test.context().publish_with_headers(subject, outbox, "{}".into()).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let stored = stored(&stream, 1).await.remove(0);
    assert_eq!(stored.get("traceparent").unwrap().as_str(), FOREIGN);
    test.tree(1).await.assert("publish orders.new  CLIENT  links: (remote)");
}

#[tokio::test]
async fn the_largest_message_a_stream_takes_goes_without_context() {
    let test = Fixture::new().await;
    test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let largest = vec![b' '; test.client.max_payload()];
    let ack = test.context().publish(subject, largest.into()).await.unwrap();
    within(ack.into_future()).await.unwrap();
    assert_eq!(test.tracer.problem_count(Problem::HeaderRefused), 1);
    let span = test.ended(1).await.remove(0);
    assert_eq!(attribute(&span, "error.type"), None);
    test.tree(1).await.events(true).assert("publish orders.new  PRODUCER  events: tracehop.header_refused");
}

#[tokio::test]
async fn headers_as_large_as_a_stream_takes_stay_alone() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let subject = format!("{}.new", test.name("orders"));
    let context = test.context();
    let publish = async |value: usize| {
        let given = headers(&[("large", &"x".repeat(value))]);
        let ack = context.publish_with_headers(subject.clone(), given, "{}".into()).await.unwrap();
        within(ack.into_future()).await
    };
    // The line of the traceparent has 70 bytes.
    let room = 64 * 1024 - 1 - "NATS/1.0\r\nlarge: \r\n\r\n".len();
    publish(room - 70).await.unwrap();
    publish(room - 69).await.unwrap();
    publish(room).await.unwrap();
    publish(room + 1).await.unwrap_err();
    let names = |headers: &HeaderMap| headers.len();
    assert_eq!(stored(&stream, 3).await.iter().map(names).collect::<Vec<_>>(), [2, 1, 1]);
    test.tree(4).await.events(true).assert(
        "
        publish orders.new  PRODUCER
        publish orders.new  PRODUCER  events: tracehop.header_refused
        publish orders.new  PRODUCER  events: tracehop.header_refused
        publish orders.new  PRODUCER  error=jetstream_10097  events: tracehop.header_refused
        ",
    );
}
