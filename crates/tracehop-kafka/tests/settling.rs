//! Settlements after the handler: of messages as they were received, and of those that went to another task.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Message, Offset};
use support::{DEADLINE, Fixture, from_start, next, order, send};
use tracehop_kafka::{IntoTraced, TracedBaseConsumer, TracedOwnedMessage, TracedStreamConsumer};

/// What the group has committed for the only partition of the topic.
fn committed<C: ConsumerContext>(consumer: &impl Consumer<C>) -> Offset {
    let offsets = consumer.committed_offsets(from_start("orders"), DEADLINE).unwrap();
    offsets.find_partition("orders", 0).unwrap().offset()
}

const SETTLED: &str = "
    send orders         PRODUCER  #1
    └ process orders    CONSUMER  links: #1
      └ commit orders   CLIENT    messaging.kafka.offset=0 messaging.consumer.group.name=billing
";

fn assert_settled(test: &Fixture) {
    let shown = ["messaging.kafka.offset", "messaging.consumer.group.name"];
    let commits_only = test.spans.finished().into_iter().map(|mut span| {
        if !span.name.starts_with("commit") {
            span.attributes.clear();
        }
        span
    });
    tracehop_testing::TraceTree::new(commits_only).attributes(shown).assert(SETTLED);
}

#[tokio::test]
async fn a_message_is_committed_below_its_ended_process_span() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(async {}).await;
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    assert_settled(&test);
    assert_eq!(committed(&consumer), Offset::Offset(1));
}

#[tokio::test]
async fn a_received_message_is_too() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(async {}).await;
    consumer.commit_received(&message, CommitMode::Sync).unwrap();
    assert_settled(&test);
    assert_eq!(committed(&consumer), Offset::Offset(1));
}

#[tokio::test]
async fn so_is_one_that_was_handled_in_another_task() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message: TracedOwnedMessage = next(&consumer).await.detach();
    let handler = message.process_owned(|message| async move {
        assert_eq!(message.payload(), Some(&b"{}"[..]));
        Ok::<_, String>(message)
    });
    let message = tokio::spawn(handler).await.unwrap().unwrap();
    consumer.commit_received(&message, CommitMode::Sync).unwrap();
    assert_settled(&test);
    assert_eq!(committed(&consumer), Offset::Offset(1));
}

#[test]
fn so_is_one_of_a_base_consumer() {
    let test = Fixture::new();
    let producer = test.bare_producer();
    drop(producer.send_result(order()).unwrap());
    producer.flush(DEADLINE).unwrap();
    let consumer: BaseConsumer =
        test.config().set("group.id", "billing").set("enable.auto.commit", "false").create().unwrap();
    let consumer: TracedBaseConsumer = consumer.traced(&test.tracer);
    consumer.assign(&from_start("orders")).unwrap();
    let message = consumer.poll(DEADLINE).unwrap().unwrap();
    message.process_blocking(|| ());
    consumer.commit_received(&message, CommitMode::Sync).unwrap();
    let message = message.detach();
    consumer.commit_received(&message, CommitMode::Sync).unwrap();
    test.spans.assert_tree(
        "
        process orders      CONSUMER
        ├ commit orders     CLIENT
        └ commit orders     CLIENT
        ",
    );
    assert_eq!(committed(&consumer), Offset::Offset(1));
}

#[tokio::test]
async fn a_stored_offset_is_committed_by_the_next_commit() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    send(&producer, order()).await;
    let mut config = test.config();
    config.set("group.id", "billing").set("enable.auto.commit", "false");
    let consumer: TracedStreamConsumer = config.set("enable.auto.offset.store", "false").create().unwrap();
    let consumer = consumer.with_tracer(&test.tracer);
    consumer.assign(&from_start("orders")).unwrap();
    for expected in 1..=2 {
        let message = next(&consumer).await;
        message.process(async {}).await;
        if expected == 1 {
            consumer.store_offset_from_message(&message).unwrap();
        } else {
            consumer.store_offset_from_message(&message.detach()).unwrap();
        }
        consumer.commit_consumer_state(CommitMode::Sync).unwrap();
        assert_eq!(committed(&consumer), Offset::Offset(expected));
    }
    // Nobody knows of which message the consumer's state is, and alone it makes no trace.
    test.spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1
        send orders         PRODUCER  #2
        └ process orders    CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn a_message_without_context_is_committed_below_its_process_span() {
    let test = Fixture::new();
    test.bare_producer().send(order(), DEADLINE).await.unwrap();
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(async {}).await;
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    let message = message.detach();
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    test.spans.assert_tree("process orders  CONSUMER\n├ commit orders  CLIENT\n└ commit orders  CLIENT");
    assert_eq!(committed(&consumer), Offset::Offset(1));
}

#[tokio::test]
async fn two_groups_commit_the_same_message_each_below_its_own_span() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let groups = ["billing", "archive"].map(|group| {
        let mut config = test.config();
        config.set("group.id", group).set("enable.auto.commit", "false");
        let consumer: StreamConsumer = config.create().unwrap();
        let consumer = consumer.traced(&test.tracer);
        consumer.assign(&from_start("orders")).unwrap();
        consumer
    });
    let [billing, archive] = &groups;
    let (billed, archived) = (next(billing).await, next(archive).await);
    billed.process(async {}).await;
    archived.process(async {}).await;
    billing.commit_message(&billed, CommitMode::Sync).unwrap();
    archive.commit_message(&&archived, CommitMode::Sync).unwrap();
    test.spans.tree().attributes(["messaging.consumer.group.name"]).assert(
        "
        send orders         PRODUCER  #1
        ├ process orders    CONSUMER  links: #1  messaging.consumer.group.name=billing
        │ └ commit orders   CLIENT    messaging.consumer.group.name=billing
        └ process orders    CONSUMER  links: #1  messaging.consumer.group.name=archive
          └ commit orders   CLIENT    messaging.consumer.group.name=archive
        ",
    );
}

#[tokio::test]
async fn a_message_of_the_clients_own_is_committed_by_the_context_it_carries() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(async {}).await;
    consumer.commit_message(message.message(), CommitMode::Sync).unwrap();
    Consumer::commit_message(&consumer, message.message(), CommitMode::Sync).unwrap();
    let message = message.into_inner().detach();
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    test.spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1
          ├ commit orders   CLIENT
          ├ commit orders   CLIENT
          └ commit orders   CLIENT
        ",
    );
}

#[tokio::test]
async fn a_commit_that_fails_comes_back_as_the_clients_error() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(async {}).await;
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    test.broker.cluster().unwrap().request_errors(RDKafkaApiKey::OffsetCommit, &[error]);
    let result = consumer.commit_received(&message, CommitMode::Sync);
    assert_eq!(result, Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::GroupAuthorizationFailed)));
    test.spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1
          └ commit orders   CLIENT    error=GROUP_AUTHORIZATION_FAILED
        ",
    );
}

#[tokio::test]
async fn the_offset_of_a_partition_that_is_not_assigned_cannot_be_stored() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let expected = consumer.unassign().and_then(|()| consumer.store_offset_from_message(&message));
    assert!(expected.is_err());
    assert_eq!(consumer.store_offset_from_received(&message), expected);
    assert_eq!(consumer.store_offset_from_received(&message.detach()), expected);
}
