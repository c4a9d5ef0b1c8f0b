//! A group whose members change while handlers run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tracehop_kafka::TracedStreamConsumer;

use crate::support::{Bench, DEADLINE, kafka, within};

const PARTITIONS: i32 = 4;
const EARLY: usize = 40;
const LATE: usize = 40;

/// How often each message was handled, by whom it does not matter, and whether it was in its own trace.
#[derive(Default)]
struct Ledger {
    handled: Mutex<BTreeMap<String, usize>>,
    count: watch::Sender<usize>,
}

/// A member that handles each message in a task of its own, which is held up until `open` says so.
fn member(
    consumer: TracedStreamConsumer,
    ledger: Arc<Ledger>,
    open: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut handlers = JoinSet::new();
        loop {
            let message = tokio::select! {
                message = consumer.recv() => message.unwrap().map(|message| message.detach()),
                () = ledger.all_handled() => break,
            };
            let (ledger, mut open, consumer) = (Arc::clone(&ledger), open.clone(), consumer.clone());
            handlers.spawn(message.process_owned(|message| async move {
                open.wait_for(|open| *open).await.unwrap();
                let trace = Context::map_current(|cx| cx.span().span_context().trace_id());
                assert_eq!(trace, message.creation().trace_id(), "the span current here is the message's");
                ledger.handled(kafka::text(&*message));
                let mut offset = TopicPartitionList::new();
                let next = Offset::Offset(message.offset() + 1);
                offset.add_partition_offset(message.topic(), message.partition(), next).unwrap();
                // Of a partition that has gone to the other member it is refused.
                let _ = consumer.commit(&offset, CommitMode::Async);
            }));
        }
        while let Some(handler) = handlers.join_next().await {
            handler.unwrap();
        }
    })
}

impl Ledger {
    fn handled(&self, text: String) {
        let mut handled = self.handled.lock().unwrap();
        *handled.entry(text).or_default() += 1;
        self.count.send_replace(handled.len());
    }

    async fn all_handled(&self) {
        self.count.subscribe().wait_for(|count| *count == EARLY + LATE).await.unwrap();
    }
}

async fn rebalance_with(strategy: &str) {
    let bench = Bench::new();
    let topic = bench.name("orders");
    kafka::create_topic(&topic, PARTITIONS).await;
    let producer = kafka::producer(&bench.tracer);
    let send = async |number: usize| {
        let (text, partition) = (format!("order {number}"), i32::try_from(number).unwrap() % PARTITIONS);
        let record =
            rdkafka::producer::FutureRecord::to(&topic).key("key").payload(&text).partition(partition);
        within(producer.send(record, DEADLINE)).await.unwrap();
    };
    let join = || {
        let mut config = kafka::config_of_group(&bench.name("billing"));
        config.set("partition.assignment.strategy", strategy);
        let consumer: rdkafka::consumer::StreamConsumer = config.create().unwrap();
        consumer.subscribe(&[&topic]).unwrap();
        tracehop::IntoTraced::traced(consumer, &bench.tracer)
    };
    let (open, opened) = watch::channel(false);
    let ledger = Arc::<Ledger>::default();

    for number in 0..EARLY {
        send(number).await;
    }
    let first = join();
    let first_member = member(first.clone(), Arc::clone(&ledger), opened.clone());
    until(|| bench.spans.unfinished() == EARLY).await;
    // All handlers of the first member are held up while the second one takes over half of the partitions.
    let second = join();
    let second_member = member(second.clone(), Arc::clone(&ledger), opened);
    let owns_half = |member: &TracedStreamConsumer| {
        member
            .assignment()
            .is_ok_and(|partitions| i32::try_from(partitions.count()).unwrap() == PARTITIONS / 2)
    };
    until(|| owns_half(&first) && owns_half(&second)).await;
    assert!(bench.spans.unfinished() >= EARLY, "a rebalance ends no handler");
    for number in EARLY..EARLY + LATE {
        send(number).await;
    }
    open.send_replace(true);
    within(async { tokio::try_join!(first_member, second_member) }).await.unwrap();

    let handled = ledger.handled.lock().unwrap().clone();
    assert_eq!(handled.len(), EARLY + LATE, "none is lost");
    // What the first member had not committed, the second one may get again.
    let times: usize = handled.values().sum();
    let commits = times;
    let spans = bench.spans.wait_for(EARLY + LATE + times + commits, DEADLINE).await;
    assert_eq!(bench.spans.unfinished(), 0);
    let of_kind = |kind: SpanKind| spans.iter().filter(move |span| span.span_kind == kind);
    assert_eq!(of_kind(SpanKind::Producer).count(), EARLY + LATE);
    assert_eq!(of_kind(SpanKind::Consumer).count(), times, "a span for each time a message was handled");
    assert_eq!(of_kind(SpanKind::Client).count(), commits, "a span for each commit");
    for span in of_kind(SpanKind::Consumer) {
        assert_eq!(span.status, opentelemetry::trace::Status::Unset);
        let link = &span.links.iter().next().expect("a link to the send").span_context;
        assert_eq!((link.trace_id(), link.span_id()), (span.span_context.trace_id(), span.parent_span_id));
    }
}

/// For what only the client knows and nobody is told of.
async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_eager_rebalance_ends_every_open_span_once_and_loses_none() {
    rebalance_with("range").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cooperative_rebalance_ends_every_open_span_once_and_loses_none() {
    rebalance_with("cooperative-sticky").await;
}
