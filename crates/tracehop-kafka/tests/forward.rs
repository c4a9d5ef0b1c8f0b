//! Messages that are sent on: to dead letters, or to be tried again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Header, Message, OwnedHeaders, OwnedMessage, Timestamp};
use rdkafka::producer::{DeliveryResult, FutureRecord, Producer, ProducerContext};
use support::{DEADLINE, FOREIGN, Fixture, dump, headers, next, order, send};
use tracehop::{Carrier, Received};
use tracehop_kafka::{Kafka, KafkaHeaders, TracedBaseProducer, TracedFutureProducer, TracedThreadedProducer};

/// What a handler may fail with.
#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

fn decline() -> impl Future<Output = Result<(), Declined>> {
    std::future::ready(Err(Declined))
}

fn text(list: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
}

const DEAD_LETTER: &str = "
    send orders                PRODUCER  #1
    └ process orders           CONSUMER  links: #1  error=forward::Declined
      └ send shipments         PRODUCER  #2
        └ process shipments    CONSUMER  links: #2
";

#[tokio::test]
async fn a_failed_order_goes_to_the_dead_letters_inside_of_its_span() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order().headers(headers(&[("tenant", Some("a")), ("trail", None)]))).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process_or(decline(), |error| producer.forward(&message, "shipments", error)).await.unwrap();

    let dead_letters = test.consumer("shipments");
    let dead_letter = next(&dead_letters).await;
    dead_letter.process(async {}).await;
    assert_eq!(dead_letter.payload(), message.payload());
    assert_eq!(dead_letter.key(), message.key());
    assert_eq!(dead_letter.attempts_before(), 1);
    let expected = text(&[
        ("tenant", Some("a")),
        ("trail", None),
        ("tracehop-attempts", Some("1")),
        ("tracehop-reason", Some("card declined")),
        ("traceparent", Some(&dead_letter.creation().to_string())),
    ]);
    assert_eq!(dump(&*dead_letter), expected);
    test.spans.tree().events(true).assert(
        "
        send orders                PRODUCER  #1
        └ process orders           CONSUMER  links: #1  events: tracehop.failure_handled
          └ send shipments         PRODUCER  #2
            └ process shipments    CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn forwarded_after_the_handler_it_is_a_child_of_the_span_that_has_ended() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    if let Err(error) = message.process(decline()).await {
        producer.forward(&message, "shipments", error).await.unwrap();
    }
    next(&test.consumer("shipments")).await.process(async {}).await;
    test.spans.assert_tree(DEAD_LETTER);
}

#[tokio::test]
async fn so_it_is_from_a_spawned_task() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await.detach();
    let failed = message.process(decline()).await;
    let forwarding = async move { producer.forward(&message, "shipments", failed.unwrap_err()).await };
    tokio::spawn(forwarding).await.unwrap().unwrap();
    next(&test.consumer("shipments")).await.process(async {}).await;
    test.spans.assert_tree(DEAD_LETTER);
}

/// As people write it who do not know of `forward`.
async fn send_copy(producer: TracedFutureProducer, message: OwnedMessage) {
    let mut record = FutureRecord::to("shipments");
    record.key = message.key();
    record.payload = message.payload();
    record.headers = message.headers().cloned();
    producer.send(record, DEADLINE).await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_with_copied_headers_continues_the_journey_after_the_handler() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    if message.process(decline()).await.is_err() {
        send_copy(producer, message.message().detach()).await;
    }
    next(&test.consumer("shipments")).await.process(async {}).await;
    test.spans.assert_tree(DEAD_LETTER);
}

#[tokio::test]
async fn so_does_one_that_a_spawned_task_sends() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(decline()).await.unwrap_err();
    tokio::spawn(send_copy(producer, message.message().detach())).await.unwrap();
    next(&test.consumer("shipments")).await.process(async {}).await;
    test.spans.assert_tree(DEAD_LETTER);
}

#[tokio::test]
async fn an_order_without_context_is_forwarded_below_its_process_span() {
    let test = Fixture::new();
    test.bare_producer().send(order(), DEADLINE).await.unwrap();
    let producer = test.producer();
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process(decline()).await.unwrap_err();
    producer.forward(&message, "shipments", Declined).await.unwrap();
    test.spans.assert_tree("process orders  CONSUMER  error=forward::Declined\n└ send shipments  PRODUCER");
}

#[tokio::test]
async fn an_order_that_nobody_processed_is_forwarded_below_its_send() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    producer.forward(&message, "shipments", "for the archive").await.unwrap();
    test.spans.assert_tree("send orders  PRODUCER\n└ send shipments  PRODUCER");
}

#[tokio::test]
async fn fifty_forwards_leave_bounded_headers_a_count_and_one_trace() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order().headers(headers(&[("tenant", Some("a"))]))).await;
    let consumer = test.consumer("orders");
    for attempt in 0..50 {
        let message = next(&consumer).await;
        assert_eq!(message.attempts_before(), attempt);
        message.process_or(decline(), |error| producer.forward(&message, "orders", error)).await.unwrap();
    }
    let last = next(&consumer).await;
    let expected = text(&[
        ("tenant", Some("a")),
        ("tracehop-attempts", Some("50")),
        ("tracehop-reason", Some("card declined")),
        ("traceparent", Some(&last.creation().to_string())),
    ]);
    assert_eq!(dump(&*last), expected);
    let chain: String = (0..51)
        .map(|depth| {
            let indent = "  ".repeat(2 * depth);
            let send = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(2 * depth - 1)) };
            let process = format!("{indent}└ process orders  CONSUMER  links: #{}\n", depth + 1);
            if depth < 50 {
                format!("{send}send orders  PRODUCER  #{}\n{process}", depth + 1)
            } else {
                format!("{send}send orders  PRODUCER\n")
            }
        })
        .collect();
    test.spans.assert_tree(&chain);
}

/// The headers of a message as bytes: their names need not be UTF-8.
fn raw(message: &impl Message<Headers = BorrowedHeaders>) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    message.headers().map(KafkaHeaders::new).for_each(&mut |name, value| {
        all.push((name.to_vec(), value.map(<[u8]>::to_vec)));
    });
    all
}

#[tokio::test]
async fn another_agents_copy_of_the_old_context_is_not_kept() {
    let test = Fixture::new();
    let mut binary = vec![0, 0];
    binary.extend([0x0a; 16]);
    binary.push(1);
    binary.extend([0x0b; 8]);
    binary.extend([2, 1]);
    let elastic = Header { key: "elasticapmtraceparent", value: Some(&binary) };
    let given = OwnedHeaders::new().insert(elastic).insert(Header { key: "tenant", value: Some("a") });
    test.bare_producer().send(order().headers(given), DEADLINE).await.unwrap();
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    assert!(message.creation().is_valid());
    message.process(decline()).await.unwrap_err();
    test.producer().forward(&message, "shipments", Declined).await.unwrap();
    let dead_letters = test.consumer("shipments");
    let dead_letter = next(&dead_letters).await;
    let names: Vec<_> = raw(&*dead_letter).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["tenant", "tracehop-attempts", "tracehop-reason", "traceparent"].map(str::as_bytes));
    assert_eq!(dead_letter.creation().trace_id(), message.creation().trace_id());
    assert_ne!(dead_letter.creation().span_id(), message.creation().span_id());
}

#[tokio::test]
async fn a_reason_that_cannot_leave_its_thread_does_not_keep_the_future_there() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    struct Local(Rc<str>);
    impl fmt::Display for Local {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    is_send(producer.forward(&message, "shipments", Local("no stock".into()))).await.unwrap();
    let dead_letters = test.consumer("shipments");
    let reason = dump(&*next(&dead_letters).await).into_iter().find(|(name, _)| name == "tracehop-reason");
    assert_eq!(reason.unwrap().1.unwrap(), "no stock");
}

#[tokio::test]
async fn a_forward_that_fails_is_the_failure_of_the_handler() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let handled = message.process_or(decline(), |error| producer.forward(&message, "no\0topic", error)).await;
    assert!(matches!(handled, Err(KafkaError::Nul(_))));
    test.spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  links: #1  error=_OTHER
          └ send no\u{fffd}topic   PRODUCER  error=_OTHER
        ",
    );
}

/// Counts what was delivered, with the opaque of each message.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<u64>>>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: Box<u64>) {
        assert!(result.is_ok());
        self.0.lock().unwrap().push(*opaque);
    }
}

#[tokio::test]
async fn producers_with_a_context_forward_too() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let base: TracedBaseProducer = test.config().create().unwrap();
    let base = base.with_tracer(&test.tracer);
    let threaded: TracedThreadedProducer = test.config().create().unwrap();
    let threaded = threaded.with_tracer(&test.tracer);
    let reports = Reports::default();
    let counting: TracedThreadedProducer<Reports> =
        test.config().create_with_context(reports.clone()).unwrap();
    let counting = counting.with_tracer(&test.tracer);

    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message.process_blocking(|| Err::<(), _>(Declined)).unwrap_err();
    base.forward(&message, "shipments", Declined).unwrap();
    base.flush(DEADLINE).unwrap();
    let message = message.detach();
    threaded.forward(&message, "shipments", Declined).unwrap();
    threaded.flush(DEADLINE).unwrap();
    counting.forward_with_opaque(&message, "shipments", Declined, Box::new(7)).unwrap();
    counting.flush(DEADLINE).unwrap();
    assert_eq!(*reports.0.lock().unwrap(), [7]);

    let dead_letters = test.consumer("shipments");
    for _ in 0..3 {
        let dead_letter = next(&dead_letters).await;
        assert_eq!((dead_letter.payload(), dead_letter.key()), (message.payload(), message.key()));
        assert_eq!(dead_letter.attempts_before(), 1);
    }
    test.spans.assert_tree(
        "
        send orders             PRODUCER  #1
        └ process orders        CONSUMER  links: #1  error=forward::Declined
          ├ send shipments      PRODUCER
          ├ send shipments      PRODUCER
          └ send shipments      PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_context_that_this_process_forgot_is_replaced_all_the_same() {
    let test = Fixture::new();
    let producer = test.producer();
    // It never came through a consumer of this process.
    let message = OwnedMessage::new(
        Some(b"{}".to_vec()),
        None,
        "orders".to_owned(),
        Timestamp::NotAvailable,
        0,
        7,
        Some(headers(&[("traceparent", Some(FOREIGN))])),
    );
    let other = tracehop_testing::SpanRecorder::new().messaging_tracer();
    let message: Received<OwnedMessage, Kafka> = other.receive(message);
    producer.forward(&message, "shipments", Declined).await.unwrap();
    test.spans.assert_tree("(remote)\n└ send shipments  PRODUCER");
}

#[tokio::test]
async fn a_queue_that_is_full_is_an_error_of_a_producer_that_waits_for_nothing() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let mut config = test.config();
    config.set("queue.buffering.max.messages", "1").set("linger.ms", "60000");
    let producer: TracedBaseProducer = config.create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    producer.forward(&message, "shipments", Declined).unwrap();
    let refused = producer.forward(&message, "shipments", Declined);
    assert_eq!(refused, Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)));
}
