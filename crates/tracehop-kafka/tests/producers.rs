//! Every producer: the span ends with the broker's answer, and results come back untouched.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers, Message};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer,
};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use support::{DEADLINE, FOREIGN, Fixture, dump, headers, next, order, send};
use tracehop_kafka::{
    IntoTraced, TracedBaseProducer, TracedFutureProducer, TracedProducerContext, TracedThreadedProducer,
};

fn refuse(test: &Fixture, error: RDKafkaRespErr) {
    test.broker.cluster().unwrap().request_errors(RDKafkaApiKey::Produce, &[error]);
}

#[tokio::test]
async fn a_broker_error_is_on_the_span_and_the_message_comes_back_as_it_was_given() {
    let test = Fixture::new();
    let producer = test.producer();
    refuse(&test, RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    let record = order().headers(headers(&[("tenant", Some("a"))]));
    let (error, message) = producer.send(record, DEADLINE).await.unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge));
    assert_eq!(dump(&message), [("tenant".to_owned(), Some("a".to_owned()))]);
    assert_eq!(message.payload(), Some(&b"{}"[..]));
    test.spans.assert_tree("send orders  PRODUCER  error=MESSAGE_SIZE_TOO_LARGE");
}

#[tokio::test]
async fn a_retry_of_a_refused_message_has_a_context_of_its_own() {
    let test = Fixture::new();
    let producer = test.producer();
    refuse(&test, RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    let (_, mut refused) = producer.send(order(), DEADLINE).await.unwrap_err();
    let mut record = order();
    record.headers = refused.detach_headers();
    assert!(record.headers.is_none());
    send(&producer, record).await;
    let consumer = test.consumer("orders");
    next(&consumer).await.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       PRODUCER  error=MESSAGE_SIZE_TOO_LARGE
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn a_record_that_is_not_taken_comes_back_as_it_was_given() {
    let test = Fixture::new();
    let producer = test.producer();
    for (given, topic) in [(None, "no\0topic"), (Some(FOREIGN), "no\0topic")] {
        let mut record = order();
        record.topic = topic;
        record.headers = given.map(|value| headers(&[("traceparent", Some(value)), ("tenant", None)]));
        let (error, record) = producer.send_result(record).map(drop).unwrap_err();
        assert!(matches!(error, KafkaError::Nul(_)));
        assert_eq!(record.headers.map(|headers| headers.count()), given.map(|_| 2));
    }
    test.spans.wait_for(2, DEADLINE).await;
    test.spans.assert_tree(
        "
        send no\u{fffd}topic  PRODUCER  error=_OTHER
        send no\u{fffd}topic  CLIENT    links: (remote)  error=_OTHER
        ",
    );
}

#[tokio::test]
async fn the_span_ends_with_the_delivery_report_also_if_the_future_was_dropped() {
    let test = Fixture::new();
    let producer = test.producer();
    test.down();
    let mut sending = Box::pin(producer.send(order(), DEADLINE));
    assert!(sending.as_mut().now_or_never().is_none());
    drop(sending);
    let delivery = producer.send_result(order()).unwrap();
    drop(delivery);
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 2));
    test.up();
    test.spans.wait_for(2, DEADLINE).await;
    let tree = test.spans.tree().attributes(["messaging.kafka.offset"]);
    tree.assert(
        "
        send orders  PRODUCER  messaging.kafka.offset=0
        send orders  PRODUCER  messaging.kafka.offset=1
        ",
    );
}

#[tokio::test]
async fn a_full_queue_is_waited_for_inside_the_span() {
    let test = Fixture::new();
    let producer: TracedFutureProducer =
        test.config().set("queue.buffering.max.messages", "1").create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    test.down();
    // The broker is up again once both were tried.
    let up = async { test.up() };
    let (first, second, ()) =
        tokio::join!(producer.send(order(), DEADLINE), producer.send(order(), DEADLINE), up);
    assert!(first.is_ok() && second.is_ok());
    test.spans.tree().events(true).assert(
        "
        send orders  PRODUCER
        send orders  PRODUCER  events: tracehop.queue_full
        ",
    );
}

#[tokio::test]
async fn a_full_queue_that_stays_full_is_an_error() {
    let test = Fixture::new();
    let config = |test: &Fixture| {
        let mut config = test.config();
        config.set("queue.buffering.max.messages", "1").set("linger.ms", "60000");
        config
    };
    let producer: TracedFutureProducer = config(&test).create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    let waiting = producer.send_result(order()).unwrap();
    let (error, message) = producer.send(order(), Duration::ZERO).await.unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
    assert!(message.headers().is_none());
    test.spans.assert_tree("send orders  PRODUCER  error=QUEUE_FULL");
    producer.purge(rdkafka::producer::PurgeConfig::default().queue());
    assert!(waiting.await.unwrap().is_err());
    test.spans.wait_for(2, DEADLINE).await;
}

/// A user's own context, with an opaque of its own.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<(u64, bool)>>>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: Box<u64>) {
        self.0.lock().unwrap().push((*opaque, result.is_ok()));
    }
}

fn numbered(number: u64) -> BaseRecord<'static, str, str, Box<u64>> {
    BaseRecord::with_opaque_to("orders", Box::new(number)).key("ord_42").payload("{}")
}

#[tokio::test]
async fn a_threaded_producer_reports_to_the_span_and_to_the_users_context() {
    let test = Fixture::new();
    let reports = Reports::default();
    let context = TracedProducerContext::new(reports.clone());
    let producer: ThreadedProducer<_> = test.config().create_with_context(context).unwrap();
    let producer = producer.traced(&test.tracer);
    producer.send(numbered(1)).map_err(|(error, _)| error).unwrap();
    producer.flush(DEADLINE).unwrap();
    refuse(&test, RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    producer.send(numbered(2)).map_err(|(error, _)| error).unwrap();
    producer.flush(DEADLINE).unwrap();
    test.spans.wait_for(2, DEADLINE).await;
    test.spans.tree().attributes(["messaging.kafka.offset"]).assert(
        "
        send orders  PRODUCER  messaging.kafka.offset=0
        send orders  PRODUCER  error=MESSAGE_SIZE_TOO_LARGE
        ",
    );
    assert_eq!(*reports.0.lock().unwrap(), [(1, true), (2, false)]);
}

#[test]
fn a_base_producer_ends_its_spans_when_it_is_polled() {
    let test = Fixture::new();
    let context = TracedProducerContext::new(Reports::default());
    let producer: BaseProducer<_> = test.config().create_with_context(context).unwrap();
    let producer = producer.traced(&test.tracer);
    producer.send(numbered(1)).map_err(|(error, _)| error).unwrap();
    assert_eq!(test.spans.unfinished(), 1);
    producer.flush(DEADLINE).unwrap();
    assert_eq!(test.spans.wait_for_blocking(1, DEADLINE).len(), 1);

    let mut refused = numbered(7);
    refused.topic = "no\0topic";
    let (_, refused) = producer.send(refused).unwrap_err();
    assert_eq!((*refused.delivery_opaque, refused.headers.is_none()), (7, true));
}

#[tokio::test]
async fn what_the_client_config_creates_is_traced_and_still_a_producer() {
    fn flush<C, P: Producer<C>>(producer: &P)
    where
        C: ProducerContext,
    {
        producer.flush(DEADLINE).unwrap();
        assert_eq!(producer.in_flight_count(), 0);
    }
    let test = Fixture::new();
    let future: TracedFutureProducer = test.config().create().unwrap();
    let base: TracedBaseProducer = test.config().create().unwrap();
    let threaded: TracedThreadedProducer = test.config().create().unwrap();
    let (future, base, threaded) = (
        future.with_tracer(&test.tracer),
        base.with_tracer(&test.tracer),
        threaded.with_tracer(&test.tracer),
    );
    send(&future, order()).await;
    base.send(BaseRecord::to("orders").key("k").payload("p")).map_err(|(error, _)| error).unwrap();
    threaded
        .clone()
        .send(BaseRecord::to("orders").key("k").payload("p"))
        .map_err(|(error, _)| error)
        .unwrap();
    flush(&future);
    flush(&base);
    flush(&threaded);
    test.spans.wait_for(3, DEADLINE).await;
}
