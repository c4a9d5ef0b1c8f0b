//! Commits that nobody's work is: librdkafka's own, and those outside of any span. None of them makes a trace.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use support::{DEADLINE, Fixture, from_start, next, order, send};
use tracehop_kafka::{EndedOperation, IntoTraced, Observer, StartedOperation, TracedBaseConsumer};
use tracehop_testing::SpanRecorder;

/// Sends on which offsets were committed, and whether anything was current then.
struct Told(Sender<(Offset, bool)>);

impl ClientContext for Told {}

impl ConsumerContext for Told {
    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        result.unwrap();
        let offset = offsets.find_partition("orders", 0).unwrap().offset();
        let _ = self.0.send((offset, Context::map_current(TraceContextExt::has_active_span)));
    }
}

/// Writes down which operations end.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Vec<&'static str>>>);

impl Observer for Ended {
    type State = ();

    fn start(&self, _: &StartedOperation<'_>) {}

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        self.0.lock().unwrap().push(operation.name());
    }
}

fn committed(test: &Fixture) -> Offset {
    let consumer: BaseConsumer = test.config().set("group.id", "billing").create().unwrap();
    let offsets = consumer.committed_offsets(from_start("orders"), DEADLINE).unwrap();
    offsets.find_partition("orders", 0).unwrap().offset()
}

const HANDLED: &str = "
    send orders         PRODUCER  #1
    └ process orders    CONSUMER  links: #1
";

/// Handles one order, and lets librdkafka commit it each `interval` milliseconds. `commit` waits for that.
async fn check(
    interval: &str,
    commit: impl FnOnce(TracedBaseConsumer<Told>, &dyn Fn(&TracedBaseConsumer<Told>)),
) {
    let (spans, ended) = (SpanRecorder::new(), Ended::default());
    let tracer = spans.messaging_tracer_builder().observer(ended.clone()).build();
    let test = Fixture::with_tracer(spans, tracer);
    send(&test.producer(), order()).await;
    let mut config = test.config();
    config.set("group.id", "billing").set("enable.auto.commit", "true");
    config.set("auto.commit.interval.ms", interval);
    let (sender, commits) = channel();
    let consumer: BaseConsumer<Told> = config.create_with_context(Told(sender)).unwrap();
    let consumer = consumer.traced(&test.tracer);
    consumer.assign(&from_start("orders")).unwrap();
    consumer.poll(DEADLINE).unwrap().unwrap().process_blocking(|| ());
    commit(consumer, &|consumer| {
        let asked = Instant::now();
        loop {
            // The callback is called in here.
            assert!(consumer.poll(Duration::from_millis(10)).is_none());
            match commits.try_recv() {
                Ok(told) => return assert_eq!(told, (Offset::Offset(1), false)),
                Err(_) => assert!(asked.elapsed() < DEADLINE, "nothing was committed"),
            }
        }
    });
    assert_eq!(committed(&test), Offset::Offset(1));
    assert_eq!(test.spans.unfinished(), 0);
    test.spans.assert_tree(HANDLED);
    assert_eq!(*ended.0.lock().unwrap(), ["send", "poll", "process"], "nobody is told of a commit");
}

#[tokio::test]
async fn a_commit_of_librdkafkas_own_makes_no_span_and_its_callback_runs_in_none() {
    check("50", |consumer, wait| wait(&consumer)).await;
}

#[tokio::test]
async fn nor_does_the_commit_of_a_consumer_that_is_dropped() {
    check("3600000", |consumer, _| drop(consumer)).await;
}

#[tokio::test]
async fn commits_outside_of_any_span_make_no_trace_however_they_are_made() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    next(&consumer).await.process(async {}).await;
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset("orders", 0, Offset::Offset(1)).unwrap();
    consumer.commit_consumer_state(CommitMode::Sync).unwrap();
    consumer.commit(&offsets, CommitMode::Sync).unwrap();
    consumer.commit(&offsets, CommitMode::Async).unwrap();
    // One that fails makes none either: there is nothing left to commit.
    consumer.commit_consumer_state(CommitMode::Async).unwrap();
    let error = consumer.commit_consumer_state(CommitMode::Sync).unwrap_err();
    assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::NoOffset));
    consumer.unsubscribe();
    drop(consumer);
    assert_eq!((committed(&test), test.spans.unfinished()), (Offset::Offset(1), 0));
    test.spans.assert_tree(HANDLED);
}
