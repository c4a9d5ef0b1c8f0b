//! NATS JetStream behind the proxy. The client connects again by itself; what was not acknowledged the application sends
//! again, with the same identifier, so that the stream has it once.

use std::collections::HashSet;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::PublishMessage;
use futures::{StreamExt as _, stream};
use opentelemetry::trace::FutureExt as _;
use tracehop::IntoTraced as _;
use tracehop_brokers::{Direction, Fault, FaultProxy};
use tracehop_nats::{TracedContext, TracedMessages};

use crate::book::Book;
use crate::incident::Incident;
use crate::load::{IN_FLIGHT, MESSAGES};
use crate::support::{DEADLINE, attribute, nats, within};

/// How long a publish waits for its acknowledgement.
const PATIENCE: Duration = Duration::from_millis(500);

fn proxy() -> FaultProxy {
    FaultProxy::start(&nats::url()).unwrap()
}

async fn connect_through(proxy: &FaultProxy) -> async_nats::Client {
    let options = ConnectOptions::new()
        .reconnect_delay_callback(|_| Duration::from_millis(10))
        // The server tells its own address, too.
        .ignore_discovered_servers()
        .connection_timeout(DEADLINE);
    within(options.connect(proxy.address())).await.unwrap()
}

fn context(client: async_nats::Client, book: &Book) -> TracedContext {
    let builder = ContextBuilder::new().timeout(PATIENCE).ack_timeout(PATIENCE);
    builder.build(client).traced(&book.bench.tracer)
}

/// Sends until the stream acknowledges.
async fn publish(context: &TracedContext, subject: &str, book: &Book, number: usize) {
    let (request, payload) = Book::message(number);
    loop {
        let message = PublishMessage::build().payload(payload.clone().into()).message_id(number.to_string());
        let publish = async {
            let ack = context.send_publish(subject.to_owned(), message).await?;
            ack.await
        };
        match publish.with_context(request.clone()).await {
            Ok(_) => return book.confirm(number),
            Err(_) => book.fail(),
        }
    }
}

/// How many different messages a stream acknowledges in what the server says. One that was sent again has the place in the
/// stream that it had.
fn acknowledged(answers: &[u8]) -> usize {
    let answers = String::from_utf8_lossy(answers);
    let places = answers.split("\"seq\":").skip(1);
    places.filter_map(|rest| rest.split([',', '}']).next()).collect::<HashSet<_>>().len()
}

async fn publishes_through(incident: Incident) {
    let book = Book::new();
    let proxy = proxy();
    let direct = nats::connect().await;
    let subject = book.bench.name("orders");
    let stream = nats::create_stream(&direct, &subject).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let context = context(connect_through(&proxy).await, &book);

    let sends = stream::iter(0..MESSAGES).for_each_concurrent(IN_FLIGHT, async |number| {
        book.pass_gate(number).await;
        publish(&context, &subject, &book, number).await;
    });
    // What the client had not written yet it would write to the next connection, and the stream would answer there.
    let are_on_their_way = async || match incident {
        Incident::HalfOpen => {
            proxy
                .wait_until_held(Direction::ToClient, |held| acknowledged(held) >= IN_FLIGHT, DEADLINE)
                .await;
        }
        Incident::BlackHole => {
            proxy
                .wait_until_held(Direction::ToServer, |held| Book::sent_in(held) >= IN_FLIGHT, DEADLINE)
                .await;
        }
        Incident::Cut | Incident::Pause | Incident::Outage => {}
    };
    within(async { tokio::join!(sends, incident.strike(&proxy, &book, are_on_their_way)) }).await;
    let mut orders = nats::messages(&consumer, &book.bench.tracer).await;
    while !book.is_complete() {
        let order = nats::next(&mut orders).await;
        order
            .process(async {
                book.handle(&order.payload, order.creation());
                order.double_ack().await
            })
            .await
            .unwrap();
    }
    let totals = book.assert_balanced(1).await;
    assert_eq!(totals.handled, MESSAGES, "the stream has each message once");
    match incident {
        Incident::Cut | Incident::Outage | Incident::Pause => {}
        // At least: on a slow machine the patience with one message may end more than once.
        Incident::HalfOpen | Incident::BlackHole => assert!(totals.failed >= IN_FLIGHT, "{}", totals.failed),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_loses_no_acknowledged_message_and_no_span() {
    publishes_through(Incident::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_loses_no_acknowledged_message_and_no_span() {
    publishes_through(Incident::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_loses_no_acknowledged_message_and_no_span() {
    publishes_through(Incident::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_loses_no_acknowledged_message_and_no_span() {
    publishes_through(Incident::Pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_loses_no_acknowledged_message_and_no_span() {
    publishes_through(Incident::Outage).await;
}

#[tokio::test]
async fn a_publish_to_an_unreachable_server_says_why_and_the_next_one_is_its_own() {
    let book = Book::new();
    let proxy = proxy();
    let direct = nats::connect().await;
    let subject = book.bench.name("orders");
    let stream = nats::create_stream(&direct, &subject).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let context = context(connect_through(&proxy).await, &book);

    proxy.apply(Fault::outage());
    let message = || PublishMessage::build().payload("order 1".into()).message_id("1");
    let ack = within(context.send_publish(subject.clone(), message())).await.unwrap();
    within(ack.into_future()).await.unwrap_err();
    proxy.heal();
    within(async {
        // The client comes back by itself.
        while async { context.send_publish(subject.clone(), message()).await?.await }.await.is_err() {}
    })
    .await;
    let mut orders = nats::messages(&consumer, &book.bench.tracer).await;
    let order = nats::next(&mut orders).await;
    order.process(order.double_ack()).await.unwrap();

    let spans = book.bench.spans.finished();
    let [publishes @ .., process, ack] = spans.as_slice() else { panic!("{}", book.bench.spans.tree()) };
    let [failed @ .., stored] = publishes else { panic!("{}", book.bench.spans.tree()) };
    assert!(!failed.is_empty());
    for span in failed {
        assert_eq!(attribute(span, "error.type").as_deref(), Some("timed_out"), "{span:?}");
    }
    assert_eq!(attribute(stored, "error.type"), None);
    assert_eq!((process.name.starts_with("process "), ack.name.starts_with("ack ")), (true, true));
    // The client may have kept the first for better times; then it is the one that the stream has.
    assert!(publishes.iter().any(|span| span.span_context.span_id() == process.parent_span_id));
    assert_eq!(book.bench.spans.unfinished(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_whose_connection_is_cut_again_and_again_misses_no_message() {
    let book = Book::new();
    let proxy = proxy();
    let direct = nats::connect().await;
    let subject = book.bench.name("orders");
    let stream = nats::create_stream(&direct, &subject).await;
    let config = pull::Config { ack_wait: Duration::from_secs(2), ..pull::Config::default() };
    nats::create_consumer(&stream, config).await;
    let sending = context(direct, &book);
    for number in 0..MESSAGES {
        publish(&sending, &subject, &book, number).await;
    }
    let client = connect_through(&proxy).await;
    let consumer: PullConsumer =
        within(async_nats::jetstream::new(client).get_consumer_from_stream("worker", &subject))
            .await
            .unwrap();
    let mut orders = orders(&consumer, &book).await;
    let mut handled = 0;
    let mut failed_acks = 0;
    while !book.is_complete() {
        // What the client says of a lost connection is no message; the stream goes on, or is asked for again.
        let order = match within(orders.next()).await {
            Some(Ok(order)) => order,
            Some(Err(_)) => continue,
            None => {
                orders = self::orders(&consumer, &book).await;
                continue;
            }
        };
        let acked: Result<(), async_nats::Error> = order
            .process(async {
                book.handle(&order.payload, order.creation());
                handled += 1;
                if handled % 50 == 0 {
                    proxy.apply(Fault::cut());
                }
                order.ack().await
            })
            .await;
        failed_acks += usize::from(acked.is_err());
    }
    assert!(proxy.connections_made() >= 4, "it was cut");
    assert_eq!(failed_acks, 0, "the client takes acknowledgements while it connects again");
    book.assert_balanced(1).await;
}

async fn orders(consumer: &PullConsumer, book: &Book) -> TracedMessages<pull::Stream> {
    let consumer = consumer.clone().traced(&book.bench.tracer);
    let builder = consumer
        .stream()
        .max_messages_per_batch(10)
        .expires(Duration::from_secs(2))
        .heartbeat(Duration::from_millis(500));
    within(builder.messages()).await.unwrap()
}

#[tokio::test]
async fn a_publish_over_a_slow_connection_lasts_until_its_acknowledgement() {
    const LATENCY: Duration = Duration::from_millis(30);
    let book = Book::new();
    let proxy = proxy();
    let client = connect_through(&proxy).await;
    let subject = book.bench.name("orders");
    nats::create_stream(&client, &subject).await;
    proxy.apply(Fault::latency(LATENCY));
    nats::store(&nats::context(&client, &book.bench.tracer), &subject, "order 1").await;
    let spans = book.bench.ended(1).await;
    let lasted = spans[0].end_time.duration_since(spans[0].start_time).unwrap();
    assert!(lasted >= 2 * LATENCY, "there and back, not {lasted:?}");
}
