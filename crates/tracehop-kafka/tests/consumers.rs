//! Every consumer: what it hands out, and the spans of getting and settling.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use support::{DEADLINE, FOREIGN, Fixture, from_start, headers, next, order, send};
use tokio::time::timeout;
use tracehop::{MessagingTracer, Problem, semconv};
use tracehop_kafka::{IntoTraced, Kafka, TracedBaseConsumer, TracedMessage, TracedStreamConsumer};
use tracehop_testing::{MetricRecorder, SpanRecorder};

fn base_consumer(test: &Fixture) -> TracedBaseConsumer {
    let consumer: BaseConsumer = test.config().set("group.id", "billing").create().unwrap();
    consumer.traced(&test.tracer)
}

#[tokio::test]
async fn a_group_is_joined_through_the_consumer_trait() {
    fn subscribe<C: ConsumerContext>(consumer: &impl Consumer<C>) {
        consumer.subscribe(&["orders"]).unwrap();
    }
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let mut config = test.config();
    config.set("group.id", "billing").set("auto.offset.reset", "earliest");
    let consumer: TracedStreamConsumer = config.create().unwrap();
    let consumer = consumer.with_tracer(&test.tracer);
    subscribe(&consumer);
    next(&consumer).await.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn polling_a_base_consumer_hands_out_messages_with_their_contexts() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    send(&producer, order()).await;
    let consumer = base_consumer(&test);
    consumer.assign(&from_start("orders")).unwrap();
    let poll = || consumer.poll(DEADLINE).unwrap().unwrap();
    let first: TracedMessage<'_> = poll();
    assert_eq!(first.process_blocking(|| Err::<(), _>("no stock")), Err("no stock"));
    let second = consumer.iter().next().unwrap().unwrap();
    second.process_blocking(|| ());
    assert!(consumer.poll(Duration::from_millis(1)).is_none());
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1  error=_OTHER
        send orders       PRODUCER  #2
        └ process orders  CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn partition_queues_are_traced_too() {
    let test = Fixture::new();
    let streaming: TracedStreamConsumer = test.config().set("group.id", "a").create().unwrap();
    let streaming = streaming.with_tracer(&test.tracer);
    streaming.assign(&from_start("orders")).unwrap();
    let queue = streaming.split_partition_queue("orders", 0).unwrap();
    let polling = base_consumer(&test);
    polling.assign(&from_start("orders")).unwrap();
    let polling_queue = polling.split_partition_queue("orders", 0).unwrap();
    // Not before: between an assignment and the split the message could come to the consumer itself.
    send(&test.producer(), order()).await;

    // A queue only fills while the consumer itself is polled.
    let serving = async {
        let _ = streaming.recv().await;
        std::future::pending::<()>().await;
    };
    let handling = async {
        tokio::select! {
            () = serving => {}
            message = queue.recv() => message.unwrap().process(async {}).await,
        }
    };
    tokio::time::timeout(DEADLINE, handling).await.unwrap();

    assert!(polling.poll(Duration::ZERO).is_none());
    polling_queue.poll(DEADLINE).unwrap().unwrap().process_blocking(|| ());

    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        ├ process orders  CONSUMER  links: #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn single_receives_have_spans_if_that_is_asked_for() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).build();
    let test = Fixture::with_tracer(spans, tracer);
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = tokio::time::timeout(DEADLINE, consumer.recv()).await.unwrap().unwrap();
    message.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        ├ poll orders     CLIENT    links: #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn a_commit_outside_of_a_handler_is_the_child_of_the_message_and_alone_makes_no_trace() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    consumer.commit_consumer_state(CommitMode::Sync).unwrap();
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    let mut offsets = rdkafka::TopicPartitionList::new();
    offsets.add_partition_offset("orders", 0, rdkafka::Offset::Offset(1)).unwrap();
    consumer.commit(&offsets, CommitMode::Sync).unwrap();
    message.process_blocking(|| consumer.commit(&offsets, CommitMode::Sync)).unwrap();
    test.spans.assert_tree(
        "
        send orders         PRODUCER  #1
        ├ commit orders     CLIENT
        └ process orders    CONSUMER  links: #1
          └ commit orders   CLIENT
        ",
    );
}

#[tokio::test]
async fn a_commit_that_fails_says_why_and_returns_the_clients_error() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let error = rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    let api = rdkafka::types::RDKafkaApiKey::OffsetCommit;
    test.broker.cluster().unwrap().request_errors(api, &[error]);
    let result = message.process(async { consumer.commit_message(&message, CommitMode::Sync) }).await;
    assert_eq!(result, Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::GroupAuthorizationFailed)));
    test.spans.assert_tree(
        "
        send orders        PRODUCER  #1
        └ process orders   CONSUMER  links: #1  error=GROUP_AUTHORIZATION_FAILED
          └ commit orders  CLIENT    error=GROUP_AUTHORIZATION_FAILED
        ",
    );
}

#[tokio::test]
async fn a_message_got_without_a_wrapper_can_be_traced() {
    use futures::TryStreamExt;

    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let bare = test.consumer("orders").inner().clone();
    let message = tokio::time::timeout(DEADLINE, bare.recv()).await.unwrap().unwrap();
    test.tracer.receive::<Kafka, _>(message).process(async {}).await;
    send(&producer, order()).await;
    let mut stream = test.tracer.stream::<Kafka, _, _, _>(bare.stream());
    let message = tokio::time::timeout(DEADLINE, stream.try_next()).await.unwrap().unwrap().unwrap();
    message.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        send orders       PRODUCER  #2
        └ process orders  CONSUMER  links: #2
        ",
    );
}

type HeaderList<'a> = &'a [(&'a str, Option<&'a str>)];

#[tokio::test]
async fn hostile_headers_over_the_wire_lose_no_message() {
    let test = Fixture::new();
    let bare = test.bare_producer();
    let huge = "x".repeat(900_000);
    let many: Vec<(String, Option<&str>)> = (0..10_000).map(|n| (format!("h{n}"), None)).collect();
    let many: Vec<(&str, Option<&str>)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let repeated = vec![("traceparent", Some(FOREIGN)); 10_000];
    let cases: [(HeaderList<'_>, bool, Option<Problem>); 8] = [
        (&[], false, None),
        (&[("traceparent", None)], false, None),
        (&[("traceparent", Some(""))], false, None),
        (&[("traceparent", Some(&huge))], false, Some(Problem::MalformedTraceparent)),
        (&many, false, None),
        (&repeated, true, Some(Problem::RepeatedTraceparent)),
        (
            &[("traceparent", Some("garbage")), ("traceparent", Some(FOREIGN))],
            true,
            Some(Problem::RepeatedTraceparent),
        ),
        (&[("TraceParent", Some(FOREIGN))], true, None),
    ];
    let consumer = test.consumer("orders");
    for (list, valid, problem) in cases {
        let sent = bare.send(order().headers(headers(list)), DEADLINE).await;
        sent.unwrap();
        let message = next(&consumer).await;
        assert_eq!(message.creation().is_valid(), valid);
        assert_eq!(message.problems().is_empty(), problem.is_none());
        assert!(problem.is_none_or(|problem| message.problems().contains(problem)));
        message.process(async {}).await;
    }
    assert_eq!(test.spans.finished().len(), cases.len());
    assert_eq!(test.tracer.problem_count(Problem::RepeatedTraceparent), 2);
    assert_eq!(MessagingTracer::global().problem_count(Problem::RepeatedTraceparent), 0);
}

#[tokio::test]
async fn a_consumer_whose_broker_is_away_is_seen_in_its_metrics() {
    let (spans, metrics) = (SpanRecorder::new(), MetricRecorder::new());
    let tracer = spans.messaging_tracer_builder().receive_spans(true).metrics(metrics.messaging()).build();
    let mut config = ClientConfig::new();
    // Nobody listens on this port, for it is that of no service.
    config.set("bootstrap.servers", "127.0.0.1:1").set("group.id", "billing");
    let streaming = config.create::<StreamConsumer>().unwrap().traced(&tracer);
    let polling = config.create::<BaseConsumer>().unwrap().traced(&tracer);
    streaming.subscribe(&["orders"]).unwrap();
    polling.subscribe(&["orders"]).unwrap();
    assert!(timeout(DEADLINE, streaming.recv()).await.unwrap().is_err());
    assert!(polling.poll(DEADLINE).unwrap().is_err());
    let failed: u64 = metrics
        .points()
        .iter()
        .filter(|point| point.name == semconv::MESSAGING_CLIENT_OPERATION_DURATION)
        .filter(|point| point.attributes.iter().any(|(key, _)| key == semconv::ERROR_TYPE))
        .map(|point| point.count)
        .sum();
    assert_eq!(failed, 2, "{:#?}", metrics.lines());
    assert!(spans.finished().is_empty(), "a broker that is away makes no traces");
}
