//! Several messages at once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use futures::{FutureExt, TryStreamExt};
use opentelemetry::trace::{Status, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Message, Offset};
use support::{DEADLINE, FOREIGN, Fixture, from_start};
use tracehop_kafka::{
    IntoTraced, TracedFutureProducer, TracedMessage, TracedStreamConsumer, TracedThreadedProducer,
    process_batch,
};
use tracehop_testing::SpanRecorder;

fn orders<'a>(count: usize) -> impl Iterator<Item = FutureRecord<'a, str, str>> {
    (0..count).map(|_| FutureRecord::to("orders").payload("{}"))
}

async fn send_all(producer: &TracedFutureProducer, count: usize) {
    for result in producer.send_all(orders(count), DEADLINE).await {
        result.unwrap();
    }
}

/// The next messages, as one batch.
async fn batch(consumer: &TracedStreamConsumer, count: usize) -> Vec<TracedMessage<'_>> {
    let mut batches = consumer.batches(count, DEADLINE);
    let batch = tokio::time::timeout(DEADLINE, batches.try_next()).await.unwrap().unwrap().unwrap();
    assert_eq!(batch.len(), count);
    batch
}

fn named(spans: &SpanRecorder, name: &str) -> Vec<SpanData> {
    spans.finished().into_iter().filter(|span| span.name == name).collect()
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|it| it.key.as_str() == key).map(|it| it.value.to_string())
}

#[tokio::test]
async fn a_batch_goes_from_one_call_to_one_commit() {
    let test = Fixture::new();
    send_all(&test.producer(), 2).await;
    let consumer = test.consumer("orders");
    let orders = batch(&consumer, 2).await;
    process_batch(&orders, async {
        for order in &orders {
            order.process(async {}).await;
        }
    })
    .await;
    consumer.commit_all(&orders, CommitMode::Sync).unwrap();
    let offsets = consumer.committed_offsets(from_start("orders"), DEADLINE).unwrap();
    assert_eq!(offsets.find_partition("orders", 0).unwrap().offset(), Offset::Offset(2));
    let shown = ["messaging.batch.message_count", "messaging.kafka.offset"];
    test.spans.tree().attributes(shown).assert(
        "
        send orders               CLIENT    links: #1, #2  messaging.batch.message_count=2
        ├ create orders           PRODUCER  #1  messaging.kafka.offset=0
        │ └ process orders        CONSUMER  links: #1, #3  messaging.kafka.offset=0
        └ create orders           PRODUCER  #2  messaging.kafka.offset=1
          └ process orders        CONSUMER  links: #2, #3  messaging.kafka.offset=1
            └ commit orders       CLIENT    links: #1, #2  messaging.batch.message_count=2
        poll orders               CLIENT    links: #1, #2  messaging.batch.message_count=2
        process orders            CONSUMER  #3  links: #1, #2  messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn a_batch_that_one_span_processed_is_committed_below_it() {
    let test = Fixture::new();
    send_all(&test.producer(), 2).await;
    let consumer = test.consumer("orders");
    let orders = batch(&consumer, 2).await;
    test.spans.clear();
    process_batch(&orders, async {}).await;
    consumer.commit_all(&orders, CommitMode::Sync).unwrap();
    let commit = &named(&test.spans, "commit orders")[0];
    assert_eq!(commit.parent_span_id, named(&test.spans, "process orders")[0].span_context.span_id());
    assert_eq!(commit.links.len(), 2);
    consumer.commit_all::<rdkafka::message::OwnedMessage>(&[], CommitMode::Sync).unwrap();
    assert_eq!(named(&test.spans, "commit orders").len(), 1, "nothing is no commit");
}

#[tokio::test]
async fn without_create_spans_all_messages_carry_the_context_of_the_call() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().create_spans(false).build();
    let test = Fixture::with_tracer(spans, tracer);
    send_all(&test.producer(), 3).await;
    let consumer = test.consumer("orders");
    for order in batch(&consumer, 3).await {
        order.process(async {}).await;
    }
    test.spans.assert_tree(
        "
        send orders            PRODUCER  #1
        ├ process orders       CONSUMER  links: #1
        ├ process orders       CONSUMER  links: #1
        └ process orders       CONSUMER  links: #1
        poll orders            CLIENT    links: #1
        ",
    );
}

#[tokio::test]
async fn only_the_messages_that_failed_are_marked() {
    let test = Fixture::new();
    let producer = test.producer();
    // A partition that is not there.
    let record = |partition| FutureRecord::<str, str>::to("orders").payload("{}").partition(partition);
    let results = producer.send_all([record(0), record(7), record(0)], DEADLINE).await;
    let errors: Vec<_> =
        results.iter().map(|result| result.as_ref().err().map(|(error, _)| error.clone())).collect();
    let unknown = KafkaError::MessageProduction(RDKafkaErrorCode::UnknownPartition);
    assert_eq!(errors, [None, Some(unknown), None]);
    let (_, returned) = results[1].as_ref().unwrap_err();
    assert!(returned.headers().is_none(), "the record comes back as it was given");
    test.spans.tree().attributes(["tracehop.batch.failed_count"]).assert(
        "
        send orders          CLIENT    links: #1, #2, #3  tracehop.batch.failed_count=1
        ├ create orders      PRODUCER  #1
        ├ create orders      PRODUCER  #2  error=UNKNOWN_PARTITION
        └ create orders      PRODUCER  #3
        ",
    );
}

#[tokio::test]
async fn if_the_broker_takes_none_the_call_has_failed_too() {
    let test = Fixture::new();
    let producer = test.producer();
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED; 2];
    test.broker.cluster().unwrap().request_errors(RDKafkaApiKey::Produce, &refused);
    let results = producer.send_all(orders(2), DEADLINE).await;
    if results.iter().all(Result::is_err) {
        let call = &named(&test.spans, "send orders")[0];
        assert_eq!(attribute(call, "error.type").as_deref(), Some("TOPIC_AUTHORIZATION_FAILED"));
        assert_ne!(call.status, Status::Unset);
    } else {
        unreachable!("both records went in one request, which was refused: {results:?}");
    }
}

#[tokio::test]
async fn an_empty_batch_is_nothing() {
    let test = Fixture::new();
    assert!(test.producer().send_all(orders(0), DEADLINE).await.is_empty());
    test.spans.assert_no_unfinished();
    assert!(test.spans.finished().is_empty());
}

#[tokio::test]
async fn a_thousand_messages_have_128_links_and_a_count_of_the_rest() {
    let test = Fixture::new();
    send_all(&test.producer(), 1_000).await;
    let consumer = test.consumer("orders");
    let orders = batch(&consumer, 1_000).await;
    process_batch(&orders, async {}).await;
    consumer.commit_all(&orders, CommitMode::Sync).unwrap();
    for name in ["send orders", "poll orders", "process orders", "commit orders"] {
        let span = &named(&test.spans, name)[0];
        assert_eq!((span.links.len(), span.links.dropped_count), (128, 0), "{name}");
        assert_eq!(attribute(span, "tracehop.batch.links_dropped").as_deref(), Some("872"), "{name}");
        assert_eq!(attribute(span, "messaging.batch.message_count").as_deref(), Some("1000"), "{name}");
    }
}

#[tokio::test]
async fn of_a_thousand_messages_one_is_poison_and_the_others_are_linked() {
    let spans = SpanRecorder::with_max_links(1_000);
    let tracer = spans.messaging_tracer_builder().max_batch_links(1_000).build();
    let test = Fixture::with_tracer(spans, tracer);
    let producer = test.producer();
    send_all(&producer, 499).await;
    let poison = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some("00-poison") });
    let poisoned = FutureRecord::<str, str>::to("orders").payload("{}").headers(poison);
    producer.inner().send(poisoned, DEADLINE).await.unwrap();
    send_all(&producer, 500).await;
    let consumer = test.consumer("orders");
    let orders = batch(&consumer, 1_000).await;
    process_batch(&orders, async {}).await;
    for name in ["poll orders", "process orders"] {
        let span = &named(&test.spans, name)[0];
        assert_eq!(span.links.len(), 999, "{name}");
        assert_eq!(attribute(span, "tracehop.batch.contexts_unreadable").as_deref(), Some("1"), "{name}");
    }
}

#[tokio::test]
async fn an_outbox_is_sent_with_the_contexts_that_its_rows_have() {
    let test = Fixture::new();
    let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(FOREIGN) });
    let kept = FutureRecord::<str, str>::to("orders").payload("{}").headers(headers);
    for result in test.producer().send_all([kept].into_iter().chain(orders(1)), DEADLINE).await {
        result.unwrap();
    }
    test.spans.assert_tree(
        "
        send orders          CLIENT    links: (remote), #1
        └ create orders      PRODUCER  #1
        ",
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_is_abandoned_and_its_messages_end_with_their_answers() {
    let test = Fixture::new();
    let producer = test.producer();
    test.down();
    assert!(producer.send_all(orders(2), DEADLINE).now_or_never().is_none());
    assert_eq!(named(&test.spans, "send orders").len(), 1);
    assert_eq!(test.spans.unfinished(), 2);
    test.up();
    test.spans.wait_for(3, DEADLINE).await;
    test.spans.assert_tree(
        "
        send orders          CLIENT    links: #1, #2  error=abandoned
        ├ create orders      PRODUCER  #1
        └ create orders      PRODUCER  #2
        ",
    );
}

#[tokio::test]
async fn while_the_queue_is_full_a_batch_waits_for_room() {
    let test = Fixture::new();
    let mut config = test.config();
    let producer = config.set("queue.buffering.max.messages", "10").create::<FutureProducer>().unwrap();
    let producer = producer.traced(&test.tracer);
    send_all(&producer, 50).await;
    assert_eq!(named(&test.spans, "create orders").len(), 50);
    // Without time to wait, those that find no room fail, and only they.
    test.down();
    let (results, ()) = tokio::join!(producer.send_all(orders(12), Duration::ZERO), async { test.up() });
    let failed = results.into_iter().filter(Result::is_err).count();
    assert_eq!(failed, 2);
}

#[tokio::test]
async fn a_blocking_consumer_gets_batches_too_and_nothing_is_an_empty_one() {
    let test = Fixture::new();
    send_all(&test.producer(), 3).await;
    let mut config = test.config();
    let consumer: BaseConsumer = config.set("group.id", "billing").create().unwrap();
    consumer.assign(&from_start("orders")).unwrap();
    let consumer = consumer.traced(&test.tracer);
    test.spans.clear();
    let mut batches = consumer.batches(3, DEADLINE);
    let orders = batches.next().unwrap().unwrap();
    assert_eq!(orders.iter().map(|order| order.offset()).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(consumer.batches(3, Duration::from_millis(1)).next().unwrap().unwrap().is_empty());
    orders[0].client_tracer().process_batch(&orders).finish(&());
    consumer.commit_all(&orders, CommitMode::Sync).unwrap();
    test.spans.assert_tree(
        "
        poll orders          CLIENT    links: (remote), (remote), (remote)
        process orders       CONSUMER  links: (remote), (remote), (remote)
        └ commit orders      CLIENT    links: (remote), (remote), (remote)
        ",
    );
}

#[tokio::test]
async fn offsets_of_a_batch_that_are_stored_are_the_last_of_each_partition() {
    let test = Fixture::new();
    test.broker.create_topic("bills", 2).unwrap();
    let producer = test.producer();
    let records = [0, 1, 0, 0]
        .map(|partition| FutureRecord::<str, str>::to("bills").payload("{}").partition(partition));
    for result in producer.send_all(records, DEADLINE).await {
        result.unwrap();
    }
    let mut config = test.config();
    config
        .set("group.id", "billing")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false");
    let consumer = config.create::<rdkafka::consumer::StreamConsumer>().unwrap().traced(&test.tracer);
    let mut all = from_start("bills");
    all.add_partition_offset("bills", 1, Offset::Beginning).unwrap();
    consumer.assign(&all).unwrap();
    let bills = batch(&consumer, 4).await;
    consumer.store_all(&bills).unwrap();
    let active = test.spans.tracer().start("flush");
    let _active = opentelemetry::Context::current_with_span(active).attach();
    consumer.commit_consumer_state(CommitMode::Sync).unwrap();
    let offsets = consumer.committed_offsets(all, DEADLINE).unwrap();
    let of = |partition| offsets.find_partition("bills", partition).unwrap().offset();
    assert_eq!([of(0), of(1)], [Offset::Offset(3), Offset::Offset(1)]);
}

#[tokio::test]
async fn within_no_time_a_batch_is_what_is_at_hand() {
    let test = Fixture::new();
    send_all(&test.producer(), 5).await;
    let consumer = test.consumer("orders");
    let mut batches = consumer.batches(500, Duration::ZERO);
    let mut got = 0;
    while got < 5 {
        got += tokio::time::timeout(DEADLINE, batches.try_next()).await.unwrap().unwrap().unwrap().len();
    }
    assert_eq!(got, 5);
    assert!(batches.try_next().now_or_never().is_none(), "nothing is no batch");
}

#[tokio::test]
async fn producers_that_wait_for_nothing_send_batches_whose_messages_end_with_their_reports() {
    let test = Fixture::new();
    let mut config = test.config();
    // Room for two.
    let config = config.set("queue.buffering.max.messages", "2");
    let producer = config.create::<TracedThreadedProducer>().unwrap().with_tracer(&test.tracer);
    test.down();
    let records = (0..3).map(|_| BaseRecord::<str, str>::to("orders").payload("{}"));
    let results = producer.send_all(records);
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    let (_, refused) = results[2].as_ref().map_err(|(error, record)| (error, record)).unwrap_err();
    assert!(refused.headers.is_none(), "the record comes back as it was given");
    assert_eq!(test.spans.unfinished(), 2);
    test.up();
    test.spans.wait_for(4, DEADLINE).await;
    test.spans.tree().attributes(["tracehop.batch.failed_count"]).assert(
        "
        send orders          CLIENT    links: #1, #2, #3  tracehop.batch.failed_count=1
        ├ create orders      PRODUCER  #1
        ├ create orders      PRODUCER  #2
        └ create orders      PRODUCER  #3  error=QUEUE_FULL
        ",
    );
}

#[tokio::test]
async fn a_message_ends_with_its_own_report_although_one_before_it_waits() {
    let test = Fixture::new();
    let producer = test.producer();
    let cluster = test.broker.cluster().unwrap();
    cluster.partition_leader("shipments", 0, None).unwrap();
    let records =
        ["shipments", "orders"].map(|topic| FutureRecord::<str, str>::to(topic).payload("{}").partition(0));
    let (results, ()) = tokio::join!(producer.send_all(records, DEADLINE), async {
        // Only the second has a leader.
        let ended = test.spans.wait_for(1, DEADLINE).await;
        assert_eq!(ended.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["create orders"]);
        cluster.partition_leader("shipments", 0, Some(1)).unwrap();
    });
    assert!(results.iter().all(Result::is_ok));
    test.spans.assert_no_unfinished();
}
