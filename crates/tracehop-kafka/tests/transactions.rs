//! Transactions: what their ends show of what they contained, and where these spans hang.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{FutureExt, Link, SpanKind, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample, SpanData};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedHeaders;
use rdkafka::producer::{BaseRecord, FutureRecord, Partitioner, Producer, ProducerContext};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use support::{DEADLINE, Fixture, next, order, send};
use tracehop_kafka::{
    EndedOperation, MessagingTracer, Observer, Policies, Policy, SpanLevel, StartedOperation,
    TracedBaseProducer, TracedFutureProducer, TracedMessage, TracedStreamConsumer, TracedThreadedProducer,
    semconv,
};
use tracehop_testing::{SpanRecorder, TraceTree, polled};

const SHOWN: [&str; 3] =
    ["tracehop.kafka.transaction", "messaging.batch.message_count", "tracehop.batch.links_dropped"];

/// What is done in less time than this works; what is asked of a broker that is down takes so long.
const SOON: Duration = Duration::from_millis(300);

trait Transactional {
    fn transactional(&self) -> ClientConfig;
    fn billing(&self) -> TracedFutureProducer;
    fn tree(&self) -> TraceTree;
}

impl Transactional for Fixture {
    fn transactional(&self) -> ClientConfig {
        let mut config = self.config();
        config.set("transactional.id", "billing");
        config
    }

    /// A producer that may begin transactions.
    fn billing(&self) -> TracedFutureProducer {
        let producer: TracedFutureProducer = self.transactional().create().unwrap();
        let producer = producer.with_tracer(&self.tracer);
        producer.init_transactions(DEADLINE).unwrap();
        producer
    }

    /// The spans without the broker's address, which is another one each time.
    fn tree(&self) -> TraceTree {
        assert_eq!(self.spans.unfinished(), 0);
        self.spans.tree().without(&format!(" {}", self.broker.bootstrap_servers())).attributes(SHOWN)
    }
}

fn invoice() -> FutureRecord<'static, str, str> {
    FutureRecord::to("shipments").key("ord_42").payload("{}")
}

/// The offsets of a message that was handled go into the transaction.
fn send_offsets(
    producer: &TracedFutureProducer,
    consumer: &TracedStreamConsumer,
    order: &TracedMessage<'_>,
) -> KafkaResult<()> {
    let mut offsets = TopicPartitionList::new();
    offsets
        .add_partition_offset(order.topic(), order.partition(), Offset::Offset(order.offset() + 1))
        .unwrap();
    producer.send_offsets_to_transaction(&offsets, &consumer.group_metadata().unwrap(), DEADLINE)
}

fn code(error: &KafkaError) -> RDKafkaErrorCode {
    error.rdkafka_error_code().unwrap()
}

fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|found| found.value.clone())
}

/// A span of the application's own, to be current.
fn work(test: &Fixture) -> Context {
    Context::new().with_span(test.spans.tracer().start("work"))
}

#[tokio::test]
async fn the_messages_of_a_batch_are_a_part_of_the_transaction() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    async {
        for result in billing.send_all([invoice(), invoice()], DEADLINE).await {
            result.unwrap();
        }
        billing.commit_transaction(DEADLINE).unwrap();
    }
    .with_context(work(&test))
    .await;
    test.tree().assert(
        "
        work                        INTERNAL
        ├ send shipments            CLIENT    links: #1, #2  messaging.batch.message_count=2
        │ ├ create shipments        PRODUCER  #1  tracehop.kafka.transaction=billing/1
        │ └ create shipments        PRODUCER  #2  tracehop.kafka.transaction=billing/1
        └ commit_transaction        CLIENT    links: #1, #2  tracehop.kafka.transaction=billing/1  messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn of_a_batch_without_create_spans_the_call_is_a_part_of_the_transaction() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().create_spans(false).build();
    let test = Fixture::with_tracer(spans, tracer);
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    for result in billing.send_all([invoice(), invoice()], DEADLINE).await {
        result.unwrap();
    }
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send shipments            PRODUCER  #1  tracehop.kafka.transaction=billing/1  messaging.batch.message_count=2
        └ commit_transaction      CLIENT    links: #1  tracehop.kafka.transaction=billing/1  messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn what_a_transaction_contained_is_seen_on_all_of_its_spans() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let (consumer, billing) = (test.consumer("orders"), test.billing());
    let message = next(&consumer).await;
    message
        .process(async {
            billing.begin_transaction().unwrap();
            send(&billing, invoice()).await;
            send(&billing, invoice()).await;
            send_offsets(&billing, &consumer, &message).unwrap();
            billing.commit_transaction(DEADLINE).unwrap();
        })
        .await;
    test.tree().assert(
        "
        send orders                PRODUCER  #1
        └ process orders           CONSUMER  links: #1
          ├ send shipments         PRODUCER  #2  tracehop.kafka.transaction=billing/1
          ├ send shipments         PRODUCER  #3  tracehop.kafka.transaction=billing/1
          ├ send_offsets orders    CLIENT  tracehop.kafka.transaction=billing/1
          └ commit_transaction     CLIENT  links: #2, #3  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=2
        ",
    );
    let name = format!("commit_transaction {}", test.broker.bootstrap_servers());
    let spans = test.spans.finished();
    let commit = spans.iter().find(|span| span.name == name).unwrap();
    for (key, expected) in [
        (semconv::MESSAGING_SYSTEM, "kafka"),
        (semconv::MESSAGING_OPERATION_NAME, "commit_transaction"),
        (semconv::MESSAGING_OPERATION_TYPE, "settle"),
        (semconv::MESSAGING_CLIENT_ID, "test"),
    ] {
        assert_eq!(attribute(commit, key), Some(expected.into()), "{key}");
    }
    assert_eq!(attribute(commit, semconv::MESSAGING_DESTINATION_NAME), None);
    assert!(attribute(commit, semconv::MESSAGING_KAFKA_CLUSTER_ID).is_some());
}

#[tokio::test]
async fn a_commit_after_the_handler_is_put_where_the_first_of_the_transaction_was_done() {
    let test = Fixture::new();
    let shop = test.producer();
    send(&shop, order()).await;
    send(&shop, order()).await;
    let (consumer, billing) = (test.consumer("orders"), test.billing());

    let message = next(&consumer).await;
    billing.begin_transaction().unwrap();
    message.process(send(&billing, invoice())).await;
    billing.commit_transaction(DEADLINE).unwrap();

    // So it is if there is nothing but the offsets.
    let message = next(&consumer).await;
    billing.begin_transaction().unwrap();
    message.process(async { send_offsets(&billing, &consumer, &message).unwrap() }).await;
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders                PRODUCER  #1
        └ process orders           CONSUMER  links: #1
          ├ send shipments         PRODUCER  #2  tracehop.kafka.transaction=billing/1
          └ commit_transaction     CLIENT  links: #2  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        send orders                PRODUCER  #3
        └ process orders           CONSUMER  links: #3
          ├ send_offsets orders    CLIENT  tracehop.kafka.transaction=billing/2
          └ commit_transaction     CLIENT  tracehop.kafka.transaction=billing/2 messaging.batch.message_count=0
        ",
    );
}

#[tokio::test]
async fn with_nothing_current_at_all_it_is_below_the_first_send_and_else_below_what_is_current() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    send(&billing, invoice()).await;
    billing.commit_transaction(DEADLINE).unwrap();

    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    let work = work(&test);
    {
        let _attached = work.clone().attach();
        billing.abort_transaction(DEADLINE).unwrap();
    }
    drop(work);
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: #1, #2  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=2
        send shipments           PRODUCER  #2  tracehop.kafka.transaction=billing/1
        send orders              PRODUCER  #3  tracehop.kafka.transaction=billing/2
        work                     INTERNAL
        └ abort_transaction      CLIENT  links: #3  tracehop.kafka.transaction=billing/2 messaging.batch.message_count=1
        ",
    );
}

/// Samples all spans but those of orders that are sent.
#[derive(Clone, Debug)]
struct NoOrders;

impl ShouldSample for NoOrders {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let sampler = if name == "send orders" { Sampler::AlwaysOff } else { Sampler::AlwaysOn };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

#[tokio::test]
async fn it_is_put_to_the_first_that_somebody_will_see() {
    let test = Fixture::recording(SpanRecorder::with_sampler(NoOrders));
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    send(&billing, invoice()).await;
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send shipments           PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: (remote), #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn it_is_put_to_the_send_if_that_has_its_place_in_another_trace_than_the_current_one() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let (consumer, billing) = (test.consumer("orders"), test.billing());
    let message = next(&consumer).await;
    message.process(async {}).await;
    billing.begin_transaction().unwrap();
    let work = work(&test);
    // It is a copy of what was handled, so that it is sent below the span of that.
    let copy = FutureRecord { headers: message.headers().map(BorrowedHeaders::detach), ..invoice() };
    async { send(&billing, copy).await }.with_context(work.clone()).await;
    drop(work);
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders                 PRODUCER  #1
        └ process orders            CONSUMER  links: #1
          └ send shipments          PRODUCER  #2  links: #3  tracehop.kafka.transaction=billing/1
            └ commit_transaction    CLIENT  links: #2  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        work                        INTERNAL  #3
        ",
    );
}

#[tokio::test]
async fn several_messages_of_one_transaction_are_committed_below_what_is_current() {
    let test = Fixture::new();
    let shop = test.producer();
    send(&shop, order()).await;
    send(&shop, order()).await;
    let (consumer, billing) = (test.consumer("orders"), test.billing());
    billing.begin_transaction().unwrap();
    for _ in 0..2 {
        let message = next(&consumer).await;
        message.process(send(&billing, invoice())).await;
    }
    let work = work(&test);
    async { billing.commit_transaction(DEADLINE).unwrap() }.with_context(work.clone()).await;
    drop(work);
    test.tree().assert(
        "
        send orders               PRODUCER  #1
        └ process orders          CONSUMER  links: #1
          └ send shipments        PRODUCER  #2  tracehop.kafka.transaction=billing/1
        send orders               PRODUCER  #3
        └ process orders          CONSUMER  links: #3
          └ send shipments        PRODUCER  #4  tracehop.kafka.transaction=billing/1
        work                      INTERNAL
        └ commit_transaction      CLIENT  links: #2, #4  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn an_abort_is_no_failure_and_the_sends_that_it_purges_are() {
    let test = Fixture::new();
    let producer: TracedFutureProducer =
        // It waits for company that never comes.
        test.transactional().set("linger.ms", "20000").create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    let sent = producer.send_result(order()).unwrap();
    producer.abort_transaction(DEADLINE).unwrap();
    let (error, _) = sent.await.unwrap().unwrap_err();
    assert_eq!(code(&error), RDKafkaErrorCode::PurgeQueue);
    test.tree().assert(
        "
        send orders            PRODUCER  #1  error=PURGE_QUEUE  tracehop.kafka.transaction=billing/1
        └ abort_transaction    CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}

#[tokio::test]
async fn a_commit_that_was_too_slow_is_tried_again_with_the_same_links() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    test.down();
    let error = billing.commit_transaction(SOON).unwrap_err();
    let KafkaError::Transaction(slow) = &error else { panic!("{error:?}") };
    assert!(slow.is_retriable());
    test.up();
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        ├ commit_transaction     CLIENT  links: #1  error=OPERATION_TIMED_OUT  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        └ commit_transaction     CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}

#[tokio::test]
async fn a_commit_that_fails_says_why_and_the_abort_after_it_shows_the_same_sends() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING;
    test.broker.cluster().unwrap().request_errors(RDKafkaApiKey::EndTxn, &[refused]);
    let error = billing.commit_transaction(DEADLINE).unwrap_err();
    let KafkaError::Transaction(abortable) = &error else { panic!("{error:?}") };
    assert!(abortable.txn_requires_abort());
    billing.abort_transaction(DEADLINE).unwrap();
    // What comes then is another transaction.
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        ├ commit_transaction     CLIENT  links: #1  error=INVALID_PRODUCER_ID_MAPPING  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        └ abort_transaction      CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        send orders              PRODUCER  #2  tracehop.kafka.transaction=billing/2
        └ commit_transaction     CLIENT  links: #2  tracehop.kafka.transaction=billing/2 messaging.batch.message_count=1
        ",
    );
}

#[tokio::test]
async fn a_producer_that_was_fenced_can_neither_commit_nor_abort() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED;
    test.broker.cluster().unwrap().request_errors(RDKafkaApiKey::EndTxn, &[refused]);
    let error = billing.commit_transaction(DEADLINE).unwrap_err();
    let KafkaError::Transaction(fatal) = &error else { panic!("{error:?}") };
    assert!(fatal.is_fatal());
    billing.abort_transaction(DEADLINE).unwrap_err();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        ├ commit_transaction     CLIENT  links: #1  error=FENCED  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        └ abort_transaction      CLIENT  links: #1  error=FENCED  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}

/// A transaction of 200 messages has so many links, and says how many are missing.
async fn check_links(tracer: &MessagingTracer, test: &Fixture, links: usize, dropped: Option<i64>) {
    test.spans.clear();
    let billing = test.billing().with_tracer(tracer);
    billing.begin_transaction().unwrap();
    let sends: Vec<_> = (0..200).map(|_| billing.send_result(order()).unwrap()).collect();
    for sent in sends {
        sent.await.unwrap().unwrap();
    }
    billing.commit_transaction(DEADLINE).unwrap();
    let spans = test.spans.finished();
    let (commits, sends): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.name.starts_with("commit"));
    let [commit] = commits[..] else { panic!("{}", test.tree()) };
    assert_eq!(attribute(commit, semconv::MESSAGING_BATCH_MESSAGE_COUNT), Some(200.into()));
    assert_eq!(attribute(commit, semconv::TRACEHOP_BATCH_LINKS_DROPPED), dropped.map(Value::from));
    assert_eq!((commit.links.len(), sends.len()), (links, 200));
    for link in commit.links.iter() {
        assert!(sends.iter().any(|send| send.span_context == link.span_context));
    }
}

#[tokio::test]
async fn a_large_transaction_has_as_many_links_as_a_batch_may_have_and_counts_the_rest() {
    let test = Fixture::new();
    check_links(&test.tracer, &test, 128, Some(72)).await;
    let few = test.spans.messaging_tracer_builder().max_batch_links(100).build();
    check_links(&few, &test, 100, Some(100)).await;

    // The SDK has to know it too.
    let test = Fixture::recording(SpanRecorder::with_max_links(1_000));
    let many = test.spans.messaging_tracer_builder().max_batch_links(1_000).build();
    check_links(&many, &test, 200, None).await;
}

#[tokio::test]
async fn transactions_are_numbered_from_one_and_a_begin_that_fails_has_no_number() {
    let test = Fixture::new();
    let billing = test.billing();
    for number in 1..=3 {
        billing.begin_transaction().unwrap();
        let again = billing.begin_transaction().unwrap_err();
        assert_eq!(code(&again), RDKafkaErrorCode::State);
        test.spans.clear();
        send(&billing, order()).await;
        billing.commit_transaction(DEADLINE).unwrap();
        let expected = format!("billing/{number}");
        for span in test.spans.finished() {
            assert_eq!(attribute(&span, "tracehop.kafka.transaction"), Some(expected.clone().into()));
        }
    }
}

#[tokio::test]
async fn clones_share_a_transaction_also_in_another_thread_and_with_another_tracer() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    let clone = billing.clone().with_tracer(&test.spans.messaging_tracer());
    let sent = std::thread::spawn(move || clone.send_result(order()).unwrap()).join().unwrap();
    sent.await.unwrap().unwrap();
    billing.clone().commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}

/// One message in a committed transaction, and what of it is seen.
fn check<P, C, Part>(test: &Fixture, producer: &P, send: impl FnOnce())
where
    P: Producer<C, Part>,
    C: ProducerContext<Part>,
    Part: Partitioner,
{
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    send();
    producer.flush(DEADLINE).unwrap();
    producer.commit_transaction(DEADLINE).unwrap();
    test.spans.wait_for_blocking(2, DEADLINE);
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        ",
    );
}

#[test]
fn a_base_producer_has_it_too() {
    let test = Fixture::new();
    let producer: TracedBaseProducer = test.transactional().create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    check(&test, &producer, || producer.send(BaseRecord::to("orders").key("k").payload("{}")).unwrap());
}

#[test]
fn so_has_a_threaded_producer() {
    let test = Fixture::new();
    let producer: TracedThreadedProducer = test.transactional().create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    check(&test, &producer, || producer.send(BaseRecord::to("orders").key("k").payload("{}")).unwrap());
}

#[tokio::test]
async fn a_message_that_the_client_did_not_take_is_no_part_of_the_transaction() {
    let test = Fixture::new();
    let large = "x".repeat(2_000_000);
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    let record = FutureRecord::to("orders").key("k").payload(&large);
    billing.send_result(record).map(drop).unwrap_err();
    let record = FutureRecord::to("orders").key("k").payload(&large);
    billing.send(record, DEADLINE).await.unwrap_err();
    billing.commit_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        send orders              PRODUCER  error=MESSAGE_SIZE_TOO_LARGE  tracehop.kafka.transaction=billing/1
        send orders              PRODUCER  error=MESSAGE_SIZE_TOO_LARGE  tracehop.kafka.transaction=billing/1
        ",
    );
}

#[tokio::test]
async fn nor_is_one_that_was_given_up_while_it_waited_for_the_queue() {
    let test = Fixture::new();
    let mut config = test.transactional();
    // The first waits for company, and there is no room for any.
    config.set("queue.buffering.max.messages", "1").set("linger.ms", "20000");
    let producer: TracedFutureProducer = config.create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    let first = producer.send_result(order()).unwrap();
    assert!(polled(producer.send(order(), DEADLINE), 1).await.is_none());
    producer.commit_transaction(DEADLINE).unwrap();
    first.await.unwrap().unwrap();
    test.tree().assert(
        "
        send orders              PRODUCER  #1  tracehop.kafka.transaction=billing/1
        └ commit_transaction     CLIENT  links: #1  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=1
        send orders              PRODUCER  error=abandoned  tracehop.kafka.transaction=billing/1
        ",
    );
}

#[test]
fn nor_is_one_that_a_base_producer_refused() {
    let test = Fixture::new();
    let producer: TracedBaseProducer = test.transactional().create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    let large = "x".repeat(2_000_000);
    producer.send(BaseRecord::to("orders").key("k").payload(&large)).map_err(drop).unwrap_err();
    producer.abort_transaction(DEADLINE).unwrap();
    test.tree().assert(
        "
        send orders            PRODUCER  error=MESSAGE_SIZE_TOO_LARGE  tracehop.kafka.transaction=billing/1
        └ abort_transaction    CLIENT  tracehop.kafka.transaction=billing/1 messaging.batch.message_count=0
        ",
    );
}

/// Sends and commits one message with this tracer; how many spans there are then.
async fn spans_of_a_commit(spans: SpanRecorder, tracer: MessagingTracer) -> usize {
    let test = Fixture::with_tracer(spans, tracer);
    let billing = test.billing();
    billing.begin_transaction().unwrap();
    send(&billing, order()).await;
    billing.commit_transaction(DEADLINE).unwrap();
    assert_eq!(test.spans.unfinished(), 0);
    test.spans.finished().len()
}

#[tokio::test]
async fn the_policy_holds_for_the_ends_of_transactions() {
    let orders_off = || Policies::new().on("orders", Policy::new().spans(SpanLevel::Off));
    for (case, expected, spans, policies) in [
        ("the default", 2, SpanRecorder::new(), Policies::new()),
        (
            "no settle spans",
            1,
            SpanRecorder::new(),
            Policies::new().defaults(Policy::new().settle_spans(false)),
        ),
        ("nothing of what it contains has a span", 0, SpanRecorder::new(), orders_off()),
        ("nothing is sampled", 0, SpanRecorder::unsampled(), Policies::new()),
    ] {
        let tracer = spans.messaging_tracer_builder().policies(policies).build();
        assert_eq!(spans_of_a_commit(spans, tracer).await, expected, "{case}");
    }
    let (spans, quiet) = (SpanRecorder::new(), Context::new().with_telemetry_suppressed());
    let tracer = spans.messaging_tracer();
    assert_eq!(spans_of_a_commit(spans, tracer).with_context(quiet).await, 0, "a suppressed scope");
}

#[tokio::test]
async fn an_empty_transaction_alone_makes_no_trace() {
    let test = Fixture::new();
    let billing = test.billing();
    for end in [Producer::commit_transaction, Producer::abort_transaction] {
        let end: fn(&TracedFutureProducer, Duration) -> KafkaResult<()> = end;
        billing.begin_transaction().unwrap();
        end(&billing, DEADLINE).unwrap();
    }
    test.tree().assert("");
}

#[tokio::test]
async fn a_transaction_of_the_clients_own_producer_is_not_known() {
    let test = Fixture::new();
    let billing = test.billing();
    billing.inner().begin_transaction().unwrap();
    send(&billing, order()).await;
    let work = work(&test);
    async { billing.commit_transaction(DEADLINE).unwrap() }.with_context(work.clone()).await;
    drop(work);
    test.tree().assert("send orders  PRODUCER\nwork  INTERNAL\n└ commit_transaction  CLIENT");
}

#[tokio::test]
async fn a_producer_without_transactions_shows_none() {
    let test = Fixture::new();
    let producer = test.producer();
    assert_eq!(code(&producer.begin_transaction().unwrap_err()), RDKafkaErrorCode::NotConfigured);
    send(&producer, order()).await;
    assert_eq!(code(&producer.commit_transaction(DEADLINE).unwrap_err()), RDKafkaErrorCode::NotConfigured);
    test.tree().assert("send orders  PRODUCER");
}

/// Writes down the operations that end, with the number of messages.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<Vec<String>>>);

impl Observer for Ended {
    type State = ();

    fn start(&self, _: &StartedOperation<'_>) {}

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        self.0.lock().unwrap().push(format!("{} {}", operation.name(), operation.message_count()));
    }
}

#[tokio::test]
async fn observers_are_told_how_many_messages_were_settled_although_nothing_has_a_span() {
    let (ended, spans) = (Ended::default(), SpanRecorder::unsampled());
    let tracer = spans.messaging_tracer_builder().observer(ended.clone()).build();
    assert_eq!(spans_of_a_commit(spans, tracer).await, 0);
    assert_eq!(*ended.0.lock().unwrap(), ["send 1", "commit_transaction 1"]);
}
