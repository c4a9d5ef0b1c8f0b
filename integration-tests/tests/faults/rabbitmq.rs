//! RabbitMQ behind the proxy. lapin promises what was confirmed; the application sends the rest again.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use lapin::options::BasicAckOptions;
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};
use opentelemetry::trace::FutureExt as _;
use tokio::sync::Mutex;
use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::book::Book;
use crate::incident::Incident;
use crate::load::{IN_FLIGHT, MESSAGES};
use crate::support::{DEADLINE, attribute, rabbitmq, within};

fn proxy() -> (FaultProxy, String) {
    let proxy = FaultProxy::start(&rabbitmq::url()).unwrap();
    let url = proxy.in_url(&rabbitmq::url());
    (proxy, url)
}

/// A publisher that makes a new connection when the one it has is gone.
struct Publisher {
    url: String,
    queue: String,
    current: Mutex<(usize, Arc<rabbitmq::RabbitMq>)>,
}

impl Publisher {
    async fn new(url: &str, queue: &str, book: &Book) -> Self {
        let first = Arc::new(rabbitmq::connect_to(url, &book.bench.tracer).await);
        Self { url: url.to_owned(), queue: queue.to_owned(), current: Mutex::new((0, first)) }
    }

    /// Sends until the broker confirms.
    async fn publish(&self, book: &Book, number: usize) {
        let (request, payload) = Book::message(number);
        loop {
            let (generation, rabbit) = self.current.lock().await.clone();
            let sent =
                rabbitmq::try_publish(&rabbit.channel, &self.queue, &payload, BasicProperties::default());
            match sent.with_context(request.clone()).await {
                Ok(confirmation) => {
                    assert_eq!(confirmation, Confirmation::Ack(None));
                    return book.confirm(number);
                }
                Err(_) => book.fail(),
            }
            let mut current = self.current.lock().await;
            if current.0 == generation {
                reachable(&self.url).await;
                let next = rabbitmq::connect_to(&self.url, &book.bench.tracer).await;
                *current = (generation + 1, Arc::new(next));
            }
        }
    }
}

/// Returns when somebody listens.
async fn reachable(url: &str) {
    within(async {
        while Connection::connect(url, ConnectionProperties::default()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

async fn publishes_through(incident: Incident) {
    let book = Book::new();
    let (proxy, url) = proxy();
    let consuming = rabbitmq::connect(&book.bench.tracer).await;
    let queue = book.bench.name("orders");
    rabbitmq::create_queue(&consuming.channel, &queue, &[]).await;
    let publisher = Publisher::new(&url, &queue, &book).await;

    let sends = stream::iter(0..MESSAGES).for_each_concurrent(IN_FLIGHT, async |number| {
        book.pass_gate(number).await;
        publisher.publish(&book, number).await;
    });
    // lapin fails everything that has no answer when the connection ends, written or not. The broker may confirm several
    // messages at once.
    let are_on_their_way = async || match incident {
        Incident::HalfOpen => {
            proxy.wait_until_held(Direction::ToClient, |held| !held.is_empty(), DEADLINE).await;
        }
        Incident::BlackHole => {
            proxy
                .wait_until_held(Direction::ToServer, |held| Book::sent_in(held) >= IN_FLIGHT, DEADLINE)
                .await;
        }
        Incident::Cut | Incident::Pause | Incident::Outage => {}
    };
    within(async { tokio::join!(sends, incident.strike(&proxy, &book, are_on_their_way)) }).await;
    let mut orders = rabbitmq::consume(&consuming.channel, &queue).await;
    while !book.is_complete() {
        let order = rabbitmq::next(&mut orders).await;
        order
            .process(async {
                book.handle(&order.data, order.creation());
                order.ack(BasicAckOptions::default()).await
            })
            .await
            .unwrap();
    }
    let totals = book.assert_balanced(1).await;
    match incident {
        Incident::Cut | Incident::Outage => {}
        Incident::HalfOpen => {
            assert_eq!(totals.failed, IN_FLIGHT, "the broker had them, and could not say so");
        }
        Incident::BlackHole => {
            assert_eq!(totals.failed, IN_FLIGHT);
            assert_eq!(totals.handled, MESSAGES, "what the black hole swallowed never arrived");
        }
        Incident::Pause => assert_eq!((totals.failed, totals.handled), (0, MESSAGES), "late is not lost"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_loses_no_confirmed_message_and_no_span() {
    publishes_through(Incident::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_loses_no_confirmed_message_and_no_span() {
    publishes_through(Incident::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_loses_no_confirmed_message_and_no_span() {
    publishes_through(Incident::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_loses_no_confirmed_message_and_no_span() {
    publishes_through(Incident::Pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_loses_no_confirmed_message_and_no_span() {
    publishes_through(Incident::Outage).await;
}

#[tokio::test]
async fn a_publish_to_an_unreachable_broker_says_why_and_the_next_one_is_its_own() {
    let book = Book::new();
    let (proxy, url) = proxy();
    let rabbit = rabbitmq::connect_to(&url, &book.bench.tracer).await;
    let queue = book.bench.name("orders");
    rabbitmq::create_queue(&rabbit.channel, &queue, &[]).await;

    proxy.apply(Fault::outage());
    let refused = rabbitmq::try_publish(&rabbit.channel, &queue, "1", BasicProperties::default());
    within(refused).await.unwrap_err();
    let refused = Connection::connect(&url, ConnectionProperties::default());
    assert!(within(refused).await.is_err(), "nobody listens");
    proxy.heal();
    reachable(&url).await;
    let rabbit = rabbitmq::connect_to(&url, &book.bench.tracer).await;
    rabbitmq::publish(&rabbit.channel, &queue, "2").await;
    let order = rabbitmq::next(&mut rabbitmq::consume(&rabbit.channel, &queue).await).await;
    order.process(order.ack(BasicAckOptions::default())).await.unwrap();

    assert_eq!(order.data, b"2");
    let spans = book.bench.ended(4).await;
    let error = attribute(&spans[0], "error.type").expect("the reason");
    assert_ne!(error, "_OTHER");
    book.bench.tree(4).await.assert(&format!(
        "
        publish orders     PRODUCER  error={error}
        publish orders     PRODUCER  #1
        └ process orders   CONSUMER  links: #1
          └ ack orders     CLIENT
        "
    ));
}

#[tokio::test]
async fn a_handler_whose_connection_is_cut_fails_to_settle_and_the_message_comes_again() {
    let book = Book::new();
    let (proxy, url) = proxy();
    let direct = rabbitmq::connect(&book.bench.tracer).await;
    let queue = book.bench.name("orders");
    rabbitmq::create_queue(&direct.channel, &queue, &[]).await;
    rabbitmq::publish(&direct.channel, &queue, "order 1").await;
    let rabbit = rabbitmq::connect_to(&url, &book.bench.tracer).await;
    let mut orders = rabbitmq::consume(&rabbit.channel, &queue).await;

    let first = rabbitmq::next(&mut orders).await;
    let handled = first.process(async {
        proxy.apply(Fault::cut());
        // The client knows of it when its consumer does.
        while let Some(Ok(_)) = within(orders.next()).await {}
        match first.ack(BasicAckOptions::default()).await {
            Ok(true) => panic!("there is no connection to say it on"),
            Ok(false) => Err::<(), String>("the broker was not told".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    handled.await.unwrap_err();
    let mut orders = rabbitmq::consume(&direct.channel, &queue).await;
    let second = rabbitmq::next(&mut orders).await;
    assert!(second.redelivered);
    second.process(second.ack(BasicAckOptions::default())).await.unwrap();

    let spans = book.bench.ended(5).await;
    let ack = spans.iter().find(|span| span.name == "ack orders").unwrap();
    let error = attribute(ack, "error.type").expect("the reason");
    book.bench.tree(5).await.attributes(["tracehop.rabbitmq.redelivered"]).assert(&format!(
        "
        publish orders     PRODUCER  #1
        ├ process orders   CONSUMER  links: #1  error=_OTHER
        │ └ ack orders     CLIENT               error={error}
        └ process orders   CONSUMER  links: #1  tracehop.rabbitmq.redelivered=true
          └ ack orders     CLIENT
        "
    ));
}

#[tokio::test]
async fn a_publish_over_a_slow_connection_lasts_until_its_confirm() {
    const LATENCY: Duration = Duration::from_millis(30);
    let book = Book::new();
    let (proxy, url) = proxy();
    let rabbit = rabbitmq::connect_to(&url, &book.bench.tracer).await;
    let queue = book.bench.name("orders");
    rabbitmq::create_queue(&rabbit.channel, &queue, &[]).await;
    proxy.apply(Fault::latency(LATENCY));
    rabbitmq::publish(&rabbit.channel, &queue, "order 1").await;
    let spans = book.bench.ended(1).await;
    let lasted = spans[0].end_time.duration_since(spans[0].start_time).unwrap();
    assert!(lasted >= 2 * LATENCY, "there and back, not {lasted:?}");
}
