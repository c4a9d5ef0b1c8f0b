//! Kafka behind the proxy. librdkafka connects and sends again by itself, and with idempotence the broker has each message
//! once.

use std::collections::HashSet;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use opentelemetry::trace::FutureExt as _;
use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tracehop::IntoTraced as _;
use tracehop_brokers::{Direction, Fault, FaultProxy};
use tracehop_kafka::TracedFutureProducer;

use crate::book::Book;
use crate::incident::Incident;
use crate::load::{IN_FLIGHT, MESSAGES};
use crate::support::{DEADLINE, attribute, kafka, within};

fn config_through(proxy: &FaultProxy) -> rdkafka::ClientConfig {
    let mut config = kafka::config_at(&proxy.address());
    config.set("reconnect.backoff.ms", "10").set("reconnect.backoff.max.ms", "100");
    config
}

/// Connected, and only through the proxy: the broker's own address is not what the client was told.
fn producer_through(proxy: &FaultProxy, config: &rdkafka::ClientConfig, book: &Book) -> TracedFutureProducer {
    let producer: FutureProducer = config.create().unwrap();
    let metadata = rdkafka::producer::Producer::client(&producer).fetch_metadata(None, DEADLINE).unwrap();
    for broker in metadata.brokers() {
        let told = format!("{}:{}", broker.host(), broker.port()).replace("localhost", "127.0.0.1");
        assert_eq!(
            told,
            proxy.address(),
            "the proxy can only stand before one broker on this machine, which advertises 127.0.0.1 or localhost"
        );
    }
    producer.traced(&book.bench.tracer)
}

async fn sends_through(incident: Incident) {
    let book = Book::new();
    let proxy = FaultProxy::for_kafka(&kafka::address()).unwrap();
    let topic = book.bench.name("orders");
    kafka::create_topic(&topic, 1).await;
    let producer = producer_through(&proxy, &config_through(&proxy), &book);

    let sends = stream::iter(0..MESSAGES).for_each_concurrent(IN_FLIGHT, |number| {
        let (request, payload) = Book::message(number);
        let (book, producer, topic) = (&book, &producer, &topic);
        async move {
            book.pass_gate(number).await;
            let record = FutureRecord::to(topic).key("key").payload(&payload);
            let sent = producer.send(record, DEADLINE).with_context(request).await;
            sent.expect("librdkafka tries again by itself");
            book.confirm(number);
        }
    });
    // librdkafka sends again what was lost, and what it had not sent yet. Something must be lost.
    let are_on_their_way = async || match incident {
        Incident::HalfOpen => {
            proxy.wait_until_held(Direction::ToClient, |held| !held.is_empty(), DEADLINE).await;
        }
        Incident::BlackHole => {
            proxy.wait_until_held(Direction::ToServer, |held| Book::sent_in(held) > 0, DEADLINE).await;
        }
        Incident::Cut | Incident::Pause | Incident::Outage => {}
    };
    within(async { tokio::join!(sends, incident.strike(&proxy, &book, are_on_their_way)) }).await;
    let consumer = kafka::consumer(&topic, &book.bench.name("billing"), &book.bench.tracer);
    while !book.is_complete() {
        let order = kafka::next(&consumer).await;
        order
            .process(async {
                book.handle(order.payload().unwrap(), order.creation());
                consumer.commit_message(&order, CommitMode::Async)
            })
            .await
            .unwrap();
    }
    let totals = book.assert_balanced(1).await;
    assert_eq!((totals.failed, totals.handled), (0, MESSAGES));
    let (low, high) = consumer.fetch_watermarks(&topic, 0, DEADLINE).unwrap();
    assert_eq!((low, high), (0, i64::try_from(MESSAGES).unwrap()), "the broker has each message once");
    assert!(proxy.connections_made() > 1, "there was more than one connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_loses_no_message_and_no_span() {
    sends_through(Incident::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_loses_no_message_and_no_span() {
    sends_through(Incident::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_loses_no_message_and_no_span() {
    sends_through(Incident::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_loses_no_message_and_no_span() {
    sends_through(Incident::Pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_loses_no_message_and_no_span() {
    sends_through(Incident::Outage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_to_an_unreachable_broker_says_why_and_the_next_one_is_its_own() {
    let book = Book::new();
    let proxy = FaultProxy::for_kafka(&kafka::address()).unwrap();
    let topic = book.bench.name("orders");
    kafka::create_topic(&topic, 1).await;
    let mut config = config_through(&proxy);
    config.set("enable.idempotence", "false").set("message.timeout.ms", "1000");
    let producer = producer_through(&proxy, &config, &book);
    proxy.apply(Fault::outage());
    let record = FutureRecord::to(&topic).key("key").payload("order 1");
    let (error, message) = within(producer.send(record, DEADLINE)).await.unwrap_err();
    assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
    assert!(message.headers().is_none(), "it comes back as it was given");
    proxy.heal();
    // As an application would: the next message, until the broker has it. On a slow machine the client may not be back
    // within the second that a message has.
    let send = async || {
        let record = FutureRecord::to(&topic).key("key").payload("order 2");
        within(producer.send(record, DEADLINE)).await
    };
    while let Err((error, _)) = send().await {
        assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut));
    }
    let consumer = kafka::consumer(&topic, &book.bench.name("billing"), &book.bench.tracer);
    let order = kafka::next(&consumer).await;
    order.process(async { consumer.commit_message(&order, CommitMode::Sync) }).await.unwrap();

    assert_eq!(kafka::text(&*order), "order 2", "the first never reached the broker");
    let spans = book.bench.spans.finished();
    let [first, sends @ .., process, commit] = spans.as_slice() else {
        panic!("{}", book.bench.spans.tree())
    };
    let [failed @ .., stored] = sends else { panic!("{}", book.bench.spans.tree()) };
    for span in [first].into_iter().chain(failed) {
        assert_eq!(attribute(span, "error.type").as_deref(), Some("MESSAGE_TIMED_OUT"), "{span:?}");
    }
    assert_eq!(attribute(stored, "error.type"), None);
    // One of which the answer came too late is there all the same, and before the one that was answered.
    let read = sends.iter().find(|span| span.span_context.span_id() == process.parent_span_id);
    assert!(read.is_some(), "{}", book.bench.spans.tree());
    let traces: HashSet<_> =
        [first].into_iter().chain(sends).map(|span| span.span_context.trace_id()).collect();
    assert_eq!(traces.len(), 1 + sends.len(), "each is its own");
    assert_eq!((process.name.starts_with("process "), commit.name.starts_with("commit ")), (true, true));
    assert_eq!(commit.parent_span_id, process.span_context.span_id());
    assert_eq!(book.bench.spans.unfinished(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_whose_connection_is_cut_again_and_again_misses_no_message() {
    let book = Book::new();
    let proxy = FaultProxy::for_kafka(&kafka::address()).unwrap();
    let topic = book.bench.name("orders");
    kafka::create_topic(&topic, 1).await;
    let producer = kafka::producer(&book.bench.tracer);
    for number in 0..MESSAGES {
        let (request, payload) = Book::message(number);
        let record = FutureRecord::to(&topic).key("key").payload(&payload);
        within(producer.send(record, DEADLINE).with_context(request)).await.unwrap();
        book.confirm(number);
    }
    let mut config = kafka::config_of_group(&book.bench.name("billing"));
    config
        .set("bootstrap.servers", proxy.address())
        .set("reconnect.backoff.ms", "10")
        .set("reconnect.backoff.max.ms", "100")
        // Few at a time, so that each cut falls between messages that are still on the broker.
        .set("max.partition.fetch.bytes", "4096")
        .set("fetch.message.max.bytes", "4096")
        .set("queued.min.messages", "1");
    let consumer: rdkafka::consumer::StreamConsumer = config.create().unwrap();
    consumer.subscribe(&[&topic]).unwrap();
    let consumer = consumer.traced(&book.bench.tracer);
    let mut handled = 0;
    while !book.is_complete() {
        // What librdkafka says of a lost connection is no message.
        let Ok(order) = within(consumer.recv()).await else { continue };
        order
            .process(async {
                book.handle(order.payload().unwrap(), order.creation());
                handled += 1;
                if handled % 50 == 0 {
                    proxy.apply(Fault::cut());
                }
                consumer.commit_message(&order, CommitMode::Async)
            })
            .await
            .unwrap();
    }
    assert!(proxy.connections_made() > 4, "it was cut");
    book.assert_balanced(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_over_a_slow_connection_lasts_until_its_answer() {
    const LATENCY: Duration = Duration::from_millis(30);
    let book = Book::new();
    let proxy = FaultProxy::for_kafka(&kafka::address()).unwrap();
    let topic = book.bench.name("orders");
    kafka::create_topic(&topic, 1).await;
    let producer = producer_through(&proxy, &config_through(&proxy), &book);
    proxy.apply(Fault::latency(LATENCY));
    kafka::send(&producer, &topic, "order 1").await;
    let spans = book.bench.ended(1).await;
    let lasted = spans[0].end_time.duration_since(spans[0].start_time).unwrap();
    assert!(lasted >= 2 * LATENCY, "there and back, not {lasted:?}");
}
