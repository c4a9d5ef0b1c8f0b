//! Messages of a stream: getting them, handling them, and telling the server what became of them.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{DeliverPolicy, pull, push};
use async_nats::jetstream::message::PublishMessage;
use futures::{StreamExt, TryStreamExt};
use tracehop::{Inbound, process_batch};
use tracehop_nats::{IntoTraced, Nats, TracedBatch};

use crate::support::{Fixture, address, attribute, next, try_next, within};

const DELIVERY: [&str; 4] = [
    "tracehop.nats.stream",
    "tracehop.nats.consumer",
    "tracehop.nats.delivery_count",
    "messaging.message.id",
];

/// Fetches up to `count` messages, once `stored` wait for the consumer. That a message is stored does not say that its
/// consumers know of it yet, and a fetch is answered with what they know.
async fn fetch(test: &Fixture, consumer: &pull::Config, count: usize, stored: u64) -> TracedBatch {
    let stream = within(test.context().get_stream(test.name("orders"))).await.unwrap();
    let name = consumer.durable_name.clone().unwrap();
    let mut consumer = within(stream.get_consumer::<pull::Config>(&name)).await.unwrap();
    within(async { while consumer.info().await.unwrap().num_pending < stored {} }).await;
    let consumer = consumer.traced(&test.tracer);
    within(consumer.fetch().max_messages(count).messages()).await.unwrap()
}

fn billing(test: &Fixture) -> pull::Config {
    pull::Config { durable_name: Some(test.name("billing")), ..pull::Config::default() }
}

#[tokio::test]
async fn a_message_that_was_put_back_is_processed_twice_in_one_trace() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;

    let mut batch = fetch(&test, &billing(&test), 1, 1).await;
    let order = try_next(&mut batch).await;
    assert_eq!((order.payload.as_ref(), order.info().unwrap().delivered), (&b"{}"[..], 1));
    // Until the server has put it back: the next fetch could be faster, and find nothing.
    order.process(order.double_ack_with(AckKind::Nak(None))).await.unwrap();
    assert!(within(batch.try_next()).await.unwrap().is_none());

    let mut batch = fetch(&test, &billing(&test), 1, 0).await;
    let order = try_next(&mut batch).await;
    order.process(order.double_ack()).await.unwrap();
    drop(batch);
    test.tree(7).await.attributes(["tracehop.nats.delivery_count", "messaging.batch.message_count"]).assert(
        "
        publish orders.new    PRODUCER  #1
        ├ process orders      CONSUMER  links: #1  tracehop.nats.delivery_count=1
        │ └ nak orders        CLIENT  tracehop.nats.delivery_count=1
        └ process orders      CONSUMER  links: #1  tracehop.nats.delivery_count=2
          └ ack orders        CLIENT  tracehop.nats.delivery_count=2
        receive orders        CLIENT  links: #1  tracehop.nats.delivery_count=1  messaging.batch.message_count=1
        receive orders        CLIENT  links: #1  tracehop.nats.delivery_count=2  messaging.batch.message_count=1
        ",
    );
}

#[tokio::test]
async fn a_fetch_is_one_span_that_links_to_each_message() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.consumer(&stream, "billing").await;
    for _ in 0..3 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let mut batch = fetch(&test, &billing(&test), 10, 3).await;
    let mut orders = Vec::new();
    while let Some(order) = within(batch.try_next()).await.unwrap() {
        orders.push(order);
    }
    let settled: Result<(), async_nats::Error> = process_batch(&orders, async {
        for order in &orders {
            order.ack().await?;
        }
        Ok(())
    })
    .await;
    settled.unwrap();
    let shown = ["messaging.batch.message_count", "messaging.message.id"];
    test.tree(8).await.attributes(shown).assert(
        "
        publish orders.new    PRODUCER  #1  messaging.message.id=orders:1
        publish orders.new    PRODUCER  #2  messaging.message.id=orders:2
        publish orders.new    PRODUCER  #3  messaging.message.id=orders:3
        receive orders        CLIENT    links: #1, #2, #3  messaging.batch.message_count=3
        process orders        CONSUMER  links: #1, #2, #3  messaging.batch.message_count=3
        ├ ack orders          CLIENT  messaging.message.id=orders:1
        ├ ack orders          CLIENT  messaging.message.id=orders:2
        └ ack orders          CLIENT  messaging.message.id=orders:3
        ",
    );
    let spans = test.ended(8).await;
    let receive = spans.iter().find(|span| span.name == "receive orders").unwrap();
    let place = |link: &opentelemetry::trace::Link| {
        let place = link.attributes.iter().find(|attribute| attribute.key.as_str() == "messaging.message.id");
        place.unwrap().value.as_str().rsplit_once(':').unwrap().1.to_owned()
    };
    assert_eq!(receive.links.iter().map(place).collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[tokio::test]
async fn an_empty_fetch_is_no_span() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    test.consumer(&stream, "billing").await;
    let mut batch = fetch(&test, &billing(&test), 10, 0).await;
    assert!(within(batch.try_next()).await.unwrap().is_none());
    test.tree(0).await.assert("");
}

#[tokio::test]
async fn a_stream_of_messages_makes_spans_of_processing_only() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    for _ in 0..2 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let mut messages = within(consumer.traced(&test.tracer).messages()).await.unwrap();
    for _ in 0..2 {
        let order = try_next(&mut messages).await;
        order.process(order.ack()).await.unwrap();
    }
    test.tree(6).await.attributes(DELIVERY).assert(
        "
        publish orders.new    PRODUCER  #1  tracehop.nats.stream=orders  messaging.message.id=orders:1
        └ process orders      CONSUMER  links: #1  tracehop.nats.stream=orders  tracehop.nats.consumer=billing  \
          tracehop.nats.delivery_count=1  messaging.message.id=orders:1
          └ ack orders        CLIENT  tracehop.nats.stream=orders  tracehop.nats.consumer=billing  \
            tracehop.nats.delivery_count=1  messaging.message.id=orders:1
        publish orders.new    PRODUCER  #2  tracehop.nats.stream=orders  messaging.message.id=orders:2
        └ process orders      CONSUMER  links: #2  tracehop.nats.stream=orders  tracehop.nats.consumer=billing  \
          tracehop.nats.delivery_count=1  messaging.message.id=orders:2
          └ ack orders        CLIENT  tracehop.nats.stream=orders  tracehop.nats.consumer=billing  \
            tracehop.nats.delivery_count=1  messaging.message.id=orders:2
        ",
    );
    let spans = test.ended(6).await;
    let info = test.client.server_info();
    for span in spans.iter().filter(|span| !span.name.starts_with("publish")) {
        let name = &span.name;
        assert_eq!(attribute(span, "messaging.consumer.group.name").as_deref(), Some("billing"), "{name}");
        assert_eq!(attribute(span, "server.address"), Some(address(&info).0), "{name}");
        // The server counts behind its own back.
        assert!(attribute(span, "tracehop.nats.pending").is_some(), "{name}");
    }
}

#[tokio::test]
async fn the_subject_a_consumer_filters_by_is_the_template() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let config =
        pull::Config { filter_subject: format!("{}.*.created", test.name("orders")), ..billing(&test) };
    let consumer = within(stream.create_consumer(config)).await.unwrap();
    test.store(&format!("{}.42.created", test.name("orders"))).await;
    let mut messages = within(consumer.traced(&test.tracer).messages()).await.unwrap();
    let order = try_next(&mut messages).await;
    order.process(order.ack()).await.unwrap();
    test.tree(3).await.attributes(["messaging.destination.name"]).assert(
        "
        publish                         PRODUCER  #1  messaging.destination.name=orders.42.created
        └ process orders.*.created      CONSUMER  links: #1  messaging.destination.name=orders.42.created
          └ ack orders.*.created        CLIENT  messaging.destination.name=orders.42.created
        ",
    );
}

#[tokio::test]
async fn every_settlement_has_the_systems_own_word_and_progress_is_none() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    for _ in 0..4 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let mut messages = within(consumer.messages()).await.unwrap().traced(&test.tracer);
    for kind in [AckKind::Ack, AckKind::Nak(Some(Duration::from_secs(60))), AckKind::Term, AckKind::Next] {
        let order = try_next(&mut messages).await;
        order
            .process(async {
                order.ack_with(AckKind::Progress).await?;
                match kind {
                    // The answer would be another message.
                    AckKind::Next => order.ack_with(kind).await,
                    kind => order.double_ack_with(kind).await,
                }
            })
            .await
            .unwrap();
    }
    let tree = test.tree(12).await.events(true);
    tree.assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1  events: tracehop.progress
          └ ack orders        CLIENT
        publish orders.new    PRODUCER  #2
        └ process orders      CONSUMER  links: #2  events: tracehop.progress
          └ nak orders        CLIENT
        publish orders.new    PRODUCER  #3
        └ process orders      CONSUMER  links: #3  events: tracehop.progress
          └ term orders       CLIENT
        publish orders.new    PRODUCER  #4
        └ process orders      CONSUMER  links: #4  events: tracehop.progress
          └ next orders       CLIENT
        ",
    );
}

#[tokio::test]
async fn a_settlement_outside_of_a_handler_hangs_on_the_messages_context() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let mut consumer = test.consumer(&stream, "billing").await;
    for _ in 0..3 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let mut messages = within(consumer.messages()).await.unwrap().traced(&test.tracer);
    try_next(&mut messages).await.ack().await.unwrap();
    let (message, acker) = try_next(&mut messages).await.into_inner().split();
    assert_eq!((message.payload.as_ref(), message.reply), (&b"{}"[..], None));
    drop(message.payload);
    acker.ack_with(AckKind::Progress).await.unwrap();
    within(acker.double_ack()).await.unwrap();
    let (_, acker) = try_next(&mut messages).await.into_inner().split();
    acker.ack_with(AckKind::Term).await.unwrap();
    within(async { while consumer.info().await.unwrap().num_ack_pending > 0 {} }).await;
    test.tree(6).await.attributes(["tracehop.nats.consumer"]).assert(
        "
        publish orders.new    PRODUCER
        └ ack orders          CLIENT  tracehop.nats.consumer=billing
        publish orders.new    PRODUCER
        └ ack orders          CLIENT  tracehop.nats.consumer=billing
        publish orders.new    PRODUCER
        └ term orders         CLIENT  tracehop.nats.consumer=billing
        ",
    );
}

#[tokio::test]
async fn an_ordered_consumer_settles_nothing() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    for _ in 0..2 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let pulled = within(stream.create_consumer(pull::OrderedConfig::default())).await.unwrap();
    let mut pulled = within(pulled.messages()).await.unwrap().traced(&test.tracer);
    let config = push::OrderedConfig {
        deliver_subject: test.client.new_inbox(),
        deliver_policy: DeliverPolicy::LastPerSubject,
        filter_subject: format!("{}.>", test.name("orders")),
        ..push::OrderedConfig::default()
    };
    let pushed = within(stream.create_consumer(config)).await.unwrap();
    let mut pushed = within(pushed.messages()).await.unwrap().traced(&test.tracer);
    for order in [try_next(&mut pulled).await, try_next(&mut pushed).await] {
        order
            .process(async {
                order.ack_with(AckKind::Progress).await?;
                order.ack().await
            })
            .await
            .unwrap();
    }
    let tree = test.tree(4).await.events(true);
    tree.assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1
        publish orders.new    PRODUCER  #2
        └ process orders      CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn a_push_consumer_is_traced_like_a_pull_consumer() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let config = push::Config {
        deliver_subject: test.client.new_inbox(),
        deliver_group: Some("billing".to_owned()),
        ..push::Config::default()
    };
    let consumer = within(stream.create_consumer(config)).await.unwrap();
    let mut messages = within(consumer.traced(&test.tracer).messages()).await.unwrap();
    test.store(&format!("{}.new", test.name("orders"))).await;
    let order = try_next(&mut messages).await;
    let failed: Result<(), async_nats::Error> = order
        .process(async {
            order.ack_with(AckKind::Term).await?;
            Err("declined".into())
        })
        .await;
    assert!(failed.is_err());
    test.tree(3).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1  error=_OTHER  messaging.consumer.group.name=billing
          └ term orders       CLIENT  messaging.consumer.group.name=billing
        ",
    );
}

#[tokio::test]
async fn each_batch_of_a_sequence_is_a_span() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    for _ in 0..4 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let mut sequence = consumer.traced(&test.tracer).sequence(2).unwrap();
    for _ in 0..2 {
        let batch = try_next(&mut sequence).await;
        let orders: Vec<_> = within(batch.map(Result::unwrap).collect()).await;
        assert_eq!(orders.len(), 2);
    }
    let shown = ["messaging.batch.message_count", "messaging.consumer.group.name"];
    test.tree(6).await.attributes(shown).assert(
        "
        publish orders.new  PRODUCER  #1
        publish orders.new  PRODUCER  #2
        publish orders.new  PRODUCER  #3
        publish orders.new  PRODUCER  #4
        receive orders      CLIENT  links: #1, #2  messaging.batch.message_count=2  \
        messaging.consumer.group.name=billing
        receive orders      CLIENT  links: #3, #4  messaging.batch.message_count=2  \
        messaging.consumer.group.name=billing
        ",
    );
}

#[tokio::test]
async fn an_error_passes_through_and_ends_the_batch() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let batch = within(consumer.batch().max_messages(2).messages()).await.unwrap();
    let mut batch = batch.traced(&test.tracer);
    try_next(&mut batch).await;
    within(stream.delete_consumer(&test.name("billing"))).await.unwrap();
    let error = next(&mut batch).await.err().unwrap();
    assert!(error.to_string().contains("Consumer Deleted"), "{error}");
    assert!(within(batch.next()).await.is_none());
    test.tree(2).await.assert(
        "
        publish orders.new  PRODUCER  #1
        receive orders      CLIENT    links: #1  error=_OTHER
        ",
    );
}

#[tokio::test]
async fn a_batch_that_fails_before_it_has_a_message_has_no_span() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let mut consumer = test.consumer(&stream, "billing").await;
    let traced = consumer.clone().traced(&test.tracer);
    let mut batch = within(traced.batch().max_messages(2).messages()).await.unwrap();
    within(async { while consumer.info().await.unwrap().num_waiting == 0 {} }).await;
    within(stream.delete_consumer(&test.name("billing"))).await.unwrap();
    let error = next(&mut batch).await.err().unwrap();
    assert!(error.to_string().contains("Consumer Deleted"), "{error}");
    assert!(within(batch.next()).await.is_none());
    test.tree(0).await.assert("");
}

#[tokio::test]
async fn a_replayed_message_is_only_linked() {
    let spans = tracehop_testing::SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().max_age(Duration::ZERO).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let mut messages = within(consumer.messages()).await.unwrap().traced(&test.tracer);
    try_next(&mut messages).await.process(async {}).await;
    test.tree(2).await.assert(
        "
        publish orders.new  PRODUCER  #1
        process orders      CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn the_size_of_a_body_that_a_consumer_leaves_out_is_that_of_the_stored_one() {
    let spans = tracehop_testing::SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_body_sizes(true).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let stream = test.stream("orders").await;
    let config = pull::Config { headers_only: true, ..billing(&test) };
    let consumer = within(stream.create_consumer(config)).await.unwrap().traced(&test.tracer);
    let subject = format!("{}.new", test.name("orders"));
    let ack = within(test.context().publish(subject, vec![b' '; 12_345].into())).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let order = try_next(&mut within(consumer.messages()).await.unwrap()).await;
    assert!(order.payload.is_empty());
    order.process(async {}).await;
    test.tree(2).await.attributes(["messaging.message.body.size"]).assert(
        "
        publish orders.new    PRODUCER  #1  messaging.message.body.size=12345
        └ process orders      CONSUMER  links: #1  messaging.message.body.size=12345
        ",
    );
}

#[tokio::test]
async fn a_settlement_has_the_identifier_that_the_sender_gave_the_message() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await.traced(&test.tracer);
    let order = || PublishMessage::build().payload("{}".into());
    for order in [order().message_id("ord_42"), order().message_id("ord_43")] {
        let ack = test.context().send_publish(format!("{}.new", test.name("orders")), order).await.unwrap();
        within(ack.into_future()).await.unwrap();
    }
    let mut messages = within(consumer.messages()).await.unwrap();
    let order = try_next(&mut messages).await;
    order.process(order.ack()).await.unwrap();
    let (_, acker) = try_next(&mut messages).await.into_inner().split();
    acker.ack().await.unwrap();
    test.tree(5).await.attributes(["messaging.message.id"]).assert(
        "
        publish orders.new    PRODUCER  #1  messaging.message.id=ord_42
        └ process orders      CONSUMER  links: #1  messaging.message.id=ord_42
          └ ack orders        CLIENT  messaging.message.id=ord_42
        publish orders.new    PRODUCER  messaging.message.id=ord_43
        └ ack orders          CLIENT  messaging.message.id=ord_43
        ",
    );
}

#[tokio::test]
async fn an_identifier_of_any_length_is_cut() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await.traced(&test.tracer);
    let order = PublishMessage::build().payload("{}".into()).message_id("x".repeat(60_000));
    let ack = test.context().send_publish(format!("{}.new", test.name("orders")), order).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let order = try_next(&mut within(consumer.messages()).await.unwrap()).await;
    order.process(order.ack()).await.unwrap();
    for span in test.ended(3).await {
        let id = attribute(&span, "messaging.message.id").unwrap();
        assert_eq!(id, "x".repeat(1024), "{}", span.name);
    }
}

#[tokio::test]
async fn a_message_that_was_read_by_its_place_has_its_context() {
    let spans = tracehop_testing::SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_body_sizes(true).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let stream = test.stream("orders").await;
    let order = PublishMessage::build().payload("{}".into()).message_id("ord_42");
    let ack = test.context().send_publish(format!("{}.new", test.name("orders")), order).await.unwrap();
    let sequence = within(ack.into_future()).await.unwrap().sequence;
    let order = test.tracer.receive::<Nats, _>(within(stream.get_raw_message(sequence)).await.unwrap());
    let age = Inbound::<Nats>::sent_at(order.message()).unwrap().elapsed().unwrap();
    assert!(age < crate::support::DEADLINE, "{age:?}");
    order.process(async {}).await;
    let shown = ["messaging.destination.name", "messaging.message.id", "messaging.message.body.size"];
    test.tree(2).await.attributes(shown).assert(
        "
        publish orders.new  PRODUCER  #1  messaging.destination.name=orders.new  messaging.message.id=ord_42  \
        messaging.message.body.size=2
        └ process           CONSUMER  links: #1  messaging.destination.name=orders.new  \
          messaging.message.id=ord_42  messaging.message.body.size=2
        ",
    );
}

#[tokio::test]
async fn two_consumers_of_the_same_message_settle_it_each_below_its_own_span() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let groups = ["billing", "archive"];
    for group in groups {
        test.consumer(&stream, group).await;
    }
    test.store(&format!("{}.new", test.name("orders"))).await;
    let mut orders = Vec::new();
    for group in groups {
        let consumer = pull::Config { durable_name: Some(test.name(group)), ..pull::Config::default() };
        orders.push(try_next(&mut fetch(&test, &consumer, 1, 1).await).await);
    }
    for order in &orders {
        order.process(async {}).await;
    }
    for order in &orders {
        order.double_ack().await.unwrap();
    }
    test.tree(7).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        publish orders.new    PRODUCER  #1
        ├ process orders      CONSUMER  links: #1  messaging.consumer.group.name=billing
        │ └ ack orders        CLIENT  messaging.consumer.group.name=billing
        └ process orders      CONSUMER  links: #1  messaging.consumer.group.name=archive
          └ ack orders        CLIENT  messaging.consumer.group.name=archive
        receive orders        CLIENT  links: #1  messaging.consumer.group.name=billing
        receive orders        CLIENT  links: #1  messaging.consumer.group.name=archive
        ",
    );
}
