//! What a client learns late, or is told: the cluster's name, the group of its transactions, facts that users give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::Arc;

use futures::TryStreamExt;
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, FutureProducer, Producer};
use rdkafka::{Offset, TopicPartitionList};
use support::{DEADLINE, Fixture, know_cluster, next, order, send};
use tracehop_kafka::{
    ClientFacts, IntoTraced, TracedBaseProducer, TracedFutureProducer, TracedProducerContext,
    TracedThreadedProducer,
};
use tracehop_testing::SpanRecorder;

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let mut found = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    let first = found.next()?;
    assert!(found.next().is_none(), "{key} stands twice");
    Some(match &first.value {
        Value::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    })
}

const CLUSTER_ID: &str = "messaging.kafka.cluster.id";

/// The partition has no leader, so that nothing is delivered although the broker answers.
fn hold(test: &Fixture) {
    test.broker.cluster().unwrap().partition_leader("orders", 0, None).unwrap();
}

fn release(test: &Fixture) {
    test.broker.cluster().unwrap().partition_leader("orders", 0, Some(1)).unwrap();
}

#[tokio::test]
async fn the_first_sends_learn_the_clusters_name_when_their_reports_come() {
    let test = Fixture::new();
    hold(&test);
    let mut config = test.config();
    config
        .set("topic.metadata.refresh.fast.interval.ms", "10")
        .set("topic.metadata.refresh.interval.ms", "50");
    let future: TracedFutureProducer = config.create().unwrap();
    let base: TracedBaseProducer = config.create().unwrap();
    let threaded: TracedThreadedProducer = config.create().unwrap();
    let future = future.traced(&test.tracer);
    let base = base.traced(&test.tracer);
    let threaded = threaded.traced(&test.tracer);

    let waited_for = future.send_result(order()).unwrap();
    drop(future.send_result(order()).unwrap());
    let record = || BaseRecord::to("orders").key("k").payload("p");
    base.send(record()).map_err(|(error, _)| error).unwrap();
    threaded.send(record()).map_err(|(error, _)| error).unwrap();
    know_cluster(future.inner().client());
    know_cluster(base.inner().client());
    know_cluster(threaded.inner().client());
    release(&test);
    waited_for.await.unwrap().unwrap();
    base.flush(DEADLINE).unwrap();

    let spans = test.spans.wait_for(4, DEADLINE).await;
    assert!(spans.iter().all(|span| attribute(span, CLUSTER_ID).is_some()), "{spans:?}");
    send(&future, order()).await;
    let spans = test.spans.wait_for(5, DEADLINE).await;
    assert!(attribute(&spans[4], CLUSTER_ID).is_some());
}

#[tokio::test]
async fn a_report_that_comes_after_the_producer_is_gone_ends_its_span() {
    let test = Fixture::new();
    test.down();
    let producer = test.producer();
    let delivery = producer.send_result(order()).unwrap();
    drop(producer);
    assert!(delivery.await.unwrap().is_err());
    test.spans.assert_tree("send orders  PRODUCER  error=PURGE_QUEUE");
}

fn list(entries: &[(&str, i32, Offset)]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (topic, partition, offset) in entries {
        list.add_partition_offset(topic, *partition, *offset).unwrap();
    }
    list
}

#[tokio::test]
async fn a_commit_of_offsets_shows_what_is_the_same_for_all_of_them() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let one = Offset::Offset(1);
    let cases = [
        (list(&[("orders", 0, one)]), [Some("orders"), Some("0"), Some("1")]),
        (list(&[("orders", 0, one), ("orders", 1, one)]), [Some("orders"), None, None]),
        (list(&[("orders", 0, one), ("shipments", 0, one)]), [None, None, None]),
    ];
    message
        .process(async {
            for (offsets, _) in &cases {
                // Whether the broker takes them does not matter here.
                let _ = consumer.commit(offsets, CommitMode::Async);
            }
        })
        .await;
    let spans = test.spans.finished();
    let [_, _, commits @ ..] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(commits.len(), cases.len());
    for (span, (_, expected)) in commits.iter().zip(&cases) {
        let keys =
            ["messaging.destination.name", "messaging.destination.partition.id", "messaging.kafka.offset"];
        assert_eq!(keys.map(|key| attribute(span, key)), expected.map(|value| value.map(str::to_owned)));
    }
}

#[tokio::test]
async fn offsets_sent_to_a_transaction_show_their_group_and_their_place() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let producer: TracedFutureProducer = test.config().set("transactional.id", "billing").create().unwrap();
    let producer = producer.traced(&test.tracer);
    producer.init_transactions(DEADLINE).unwrap();
    know_cluster(producer.inner().client());
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let other: BaseConsumer = test.config().set("group.id", "shipping").create().unwrap();
    let groups = [consumer.group_metadata(), other.group_metadata(), consumer.group_metadata()];
    producer.begin_transaction().unwrap();
    message
        .process(async {
            for group in &groups {
                let offsets = list(&[("orders", 0, Offset::Offset(1))]);
                producer.send_offsets_to_transaction(&offsets, group.as_ref().unwrap(), DEADLINE).unwrap();
            }
        })
        .await;
    producer.commit_transaction(DEADLINE).unwrap();
    let spans = test.spans.finished();
    let [_, _, settlements @ .., commit] = &spans[..] else { panic!("{spans:?}") };
    let groups: Vec<_> = settlements
        .iter()
        .map(|span| {
            assert_eq!(span.name, "send_offsets orders");
            for (key, expected) in [
                ("messaging.destination.partition.id", "0"),
                ("messaging.kafka.offset", "1"),
                ("messaging.client.id", "test"),
            ] {
                assert_eq!(attribute(span, key).as_deref(), Some(expected), "{key}");
            }
            assert!(attribute(span, CLUSTER_ID).is_some());
            attribute(span, "messaging.consumer.group.name").unwrap()
        })
        .collect();
    assert_eq!(groups, ["billing", "shipping", "billing"]);
    // The transaction is the producer's, whatever groups have offsets in it.
    assert!(commit.name.starts_with("commit_transaction"), "{}", commit.name);
    assert_eq!(attribute(commit, "messaging.consumer.group.name"), None);
}

#[tokio::test]
async fn facts_that_are_given_win_over_those_that_were_read() {
    let test = Fixture::new();
    let facts = || ClientFacts::default().client_id("checkout-1").server("kafka.example.com", 9092);
    // Whichever comes first, both hold.
    send(&test.producer().with_facts(facts()), order()).await;
    let other = SpanRecorder::new();
    send(&test.producer().with_facts(facts()).with_tracer(&other.messaging_tracer()), order()).await;
    let record = || BaseRecord::to("orders").key("k").payload("p");
    let base: TracedBaseProducer = test.config().create().unwrap();
    let base = base.with_facts(facts()).traced(&test.tracer);
    base.send(record()).map_err(|(error, _)| error).unwrap();
    base.flush(DEADLINE).unwrap();
    let threaded: TracedThreadedProducer = test.config().create().unwrap();
    let threaded = threaded.traced(&test.tracer).with_facts(facts());
    threaded.send(record()).map_err(|(error, _)| error).unwrap();
    threaded.flush(DEADLINE).unwrap();
    let consumer = test.consumer("orders").with_facts(facts());
    next(&consumer).await.process(async {}).await;
    let polling = test.config().set("group.id", "billing").create::<BaseConsumer>().unwrap();
    let polling = polling.traced(&test.tracer).with_facts(facts().consumer_group("shipping"));
    polling.assign(&support::from_start("orders")).unwrap();
    polling.poll(DEADLINE).unwrap().unwrap().process_blocking(|| ());

    let mut spans = test.spans.wait_for(5, DEADLINE).await;
    spans.extend(other.wait_for(1, DEADLINE).await);
    for span in &spans {
        for (key, expected) in [
            ("messaging.client.id", "checkout-1"),
            ("server.address", "kafka.example.com"),
            ("server.port", "9092"),
        ] {
            assert_eq!(attribute(span, key).as_deref(), Some(expected), "{key} of {}", span.name);
        }
    }
    let group = |span| attribute(span, "messaging.consumer.group.name");
    let groups: Vec<_> = spans.iter().filter_map(group).collect();
    assert_eq!(groups, ["billing", "shipping"]);
}

#[tokio::test]
async fn clients_are_traced_as_they_are_handed_out_and_twice_is_once() {
    let test = Fixture::new();
    let unused = SpanRecorder::new();
    let wrong = unused.messaging_tracer();
    let producer: Arc<FutureProducer> = Arc::new(test.bare_producer());
    send(&Arc::clone(&producer).traced(&wrong).traced(&test.tracer), order()).await;
    let context = TracedProducerContext::new(DefaultProducerContext);
    let base: BaseProducer<_> = test.config().create_with_context(context).unwrap();
    let base = Arc::new(base);
    let base = Arc::clone(&base).traced(&wrong).traced(&test.tracer);
    base.clone().send(BaseRecord::to("orders").key("k").payload("p")).map_err(|(error, _)| error).unwrap();
    base.flush(DEADLINE).unwrap();

    let mut config = test.config();
    config.set("group.id", "billing");
    let streaming: Arc<StreamConsumer> = Arc::new(config.create().unwrap());
    let streaming = Arc::clone(&streaming).traced(&wrong).traced(&test.tracer);
    streaming.assign(&support::from_start("orders")).unwrap();
    next(&streaming).await.process(async {}).await;
    let polling: Arc<BaseConsumer> = Arc::new(config.create().unwrap());
    let polling = Arc::clone(&polling).traced(&wrong).traced(&test.tracer);
    polling.assign(&support::from_start("orders")).unwrap();
    polling.poll(DEADLINE).unwrap().unwrap().process_blocking(|| ());

    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        ├ process orders  CONSUMER  links: #1
        └ process orders  CONSUMER  links: #1
        send orders       PRODUCER
        ",
    );
    assert!(unused.finished().is_empty());
}

#[tokio::test]
async fn so_is_what_a_consumer_hands_out() {
    let test = Fixture::new();
    let unused = SpanRecorder::new();
    let wrong = unused.messaging_tracer();
    send(&test.producer(), order()).await;
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders").traced(&wrong);
    let mut stream = consumer.stream().traced(&test.tracer);
    let message = tokio::time::timeout(DEADLINE, stream.try_next()).await.unwrap().unwrap().unwrap();
    message.process(async {}).await;

    let polling: BaseConsumer = test.config().set("group.id", "billing").create().unwrap();
    let polling = polling.traced(&wrong);
    let queue = polling.split_partition_queue("orders", 0).unwrap().traced(&test.tracer);
    polling.assign(&support::from_start("orders")).unwrap();
    assert!(polling.poll(std::time::Duration::ZERO).is_none());
    queue.poll(DEADLINE).unwrap().unwrap().process_blocking(|| ());

    let streaming: StreamConsumer = test.config().set("group.id", "billing").create().unwrap();
    let streaming = streaming.traced(&wrong);
    let queue = streaming.split_partition_queue("orders", 0).unwrap().traced(&test.tracer);
    streaming.assign(&support::from_start("orders")).unwrap();
    let message = tokio::time::timeout(DEADLINE, async {
        tokio::select! {
            message = queue.recv() => message.unwrap(),
            // Polled too, because that is what fills the queues.
            _ = streaming.recv() => unreachable!("the partition has a queue of its own"),
        }
    });
    message.await.unwrap().process(async {}).await;

    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        ├ process orders  CONSUMER  links: #1
        ├ process orders  CONSUMER  links: #1
        └ process orders  CONSUMER  links: #1
        send orders       PRODUCER
        ",
    );
    assert!(unused.finished().is_empty());
}
