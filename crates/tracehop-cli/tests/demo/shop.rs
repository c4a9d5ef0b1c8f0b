//! Everything that the page shows happens in the shop.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;
use tracehop_cli::demo::{self, DemoConfig, DemoCounts};

use super::receiver::{Got, Receiver};
use super::spans::{Id, Span};

/// What a shop sent that took so many orders.
pub(crate) async fn shop(orders: usize) -> (Got, DemoCounts) {
    let receiver = Receiver::start().await;
    let config = DemoConfig { endpoint: receiver.endpoint.clone(), rate: 20.0, ..DemoConfig::default() };
    let demo = demo::start(&config).unwrap();
    let placed = |span: &&Span| span.name.starts_with("POST /");
    receiver.until("the orders", |got| got.spans.iter().filter(placed).count() >= orders).await;
    let counts = demo.stop().await;
    assert_eq!(counts.lost, 0);
    (receiver.take(), counts)
}

/// The spans that handled something of this destination, by the message that they handled.
fn handlings<'a>(got: &'a Got, destination: &str) -> BTreeMap<&'a Id, Vec<&'a Span>> {
    let mut handlings = BTreeMap::<&Id, Vec<&Span>>::new();
    for span in got.spans.iter().filter(|span| span.is("process", destination)) {
        for link in &span.links {
            handlings.entry(link).or_default().push(span);
        }
    }
    handlings
}

fn select<'a>(got: &'a Got, operation: &str, destination: &str) -> Vec<&'a Span> {
    got.spans.iter().filter(|span| span.is(operation, destination)).collect()
}

#[tokio::test]
async fn the_first_twelve_orders_show_everything() {
    let (got, _) = shop(13).await;

    let groups = |spans: &[&Span]| -> BTreeSet<String> {
        spans.iter().map(|span| span.get("messaging.consumer.group.name").to_owned()).collect()
    };
    let orders = handlings(&got, "orders");
    assert!(!orders.is_empty());
    let fan_out = BTreeSet::from(["checkout".to_owned(), "inventory".to_owned()]);
    assert!(orders.values().all(|spans| groups(spans) == fan_out), "each order is handled by two groups");

    let tries: BTreeSet<usize> = handlings(&got, "payments").values().map(Vec::len).collect();
    assert_eq!(tries, BTreeSet::from([1, 2, 3]), "tries of payments");
    for spans in handlings(&got, "payments").values_mut() {
        spans.sort_by_key(|span| span.started);
        let (last, failed) = spans.split_last().unwrap();
        assert!(!last.has_failed && failed.iter().all(|span| span.has_failed));
        assert!(failed.iter().all(|span| span.get("error.type") == "card_timeout"));
    }

    let poison = handlings(&got, "shipments").values().map(Vec::len).max();
    assert_eq!(poison, Some(6), "a shipment that is tried again and again");
    for (queue, error) in [("payments.dlq", "card_declined"), ("shipments.dlq", "address_unknown")] {
        assert!(!select(&got, "send", queue).is_empty() && !handlings(&got, queue).is_empty(), "{queue}");
        let [from, _] = queue.split('.').collect::<Vec<_>>()[..] else { panic!("{queue}") };
        let gave_up = |span: &&Span| span.events.iter().any(|event| event == "tracehop.failure_handled");
        assert!(select(&got, "process", from).into_iter().any(|span| gave_up(&span)), "{error}");
    }
    let out_of_stock = |span: &&Span| span.get("error.type") == "out_of_stock";
    assert!(select(&got, "process", "orders").iter().any(out_of_stock), "a handler that fails for good");

    let created = select(&got, "create", "orders");
    assert!(created.len() >= 2, "a basket is a batch of messages, each with a span of its own");
    assert!(created.iter().all(|span| orders.contains_key(&span.id)), "which its handlers link to");

    let sizes: Vec<usize> =
        select(&got, "process", "audit-events").iter().map(|span| span.links.len()).collect();
    assert!(sizes.iter().all(|size| (1..=20).contains(size)), "{sizes:?}");
    assert!(sizes.iter().any(|size| *size >= 8), "{sizes:?}");

    let imported = select(&got, "process", "legacy-import");
    assert!(!imported.is_empty());
    assert!(imported.iter().all(|span| span.parent.is_none() && span.links.is_empty()), "no context");

    assert!(!select(&got, "send", "newsletter").is_empty());
    assert_eq!(select(&got, "process", "newsletter").len(), 0, "nobody reads it");

    let traces: BTreeSet<&Vec<u8>> =
        select(&got, "process", "shipments").iter().map(|span| &span.id.0).collect();
    let before: BTreeSet<&Vec<u8>> =
        select(&got, "send", "shipments").iter().map(|span| &span.id.0).collect();
    assert!(traces.is_disjoint(&before), "shipping begins a trace of its own");
}

#[tokio::test]
async fn every_span_says_what_the_page_searches_and_draws() {
    let (got, _) = shop(5).await;
    assert!(got.spans.iter().all(|span| span.resource["tracehop.demo"] == "true"));
    let systems: BTreeMap<&str, &str> = got
        .spans
        .iter()
        .filter(|span| !span.operation().is_empty())
        .map(|span| (span.destination(), span.get("messaging.system")))
        .collect();
    for (destination, system) in [("orders", "kafka"), ("payments", "rabbitmq"), ("shipments", "nats")] {
        assert_eq!(systems[destination], system);
    }
    for span in select(&got, "process", "orders").into_iter().chain(select(&got, "process", "shipments")) {
        assert!(
            span.get("user.id").starts_with("u-") && span.get("session.id").starts_with("s-"),
            "{span:?}"
        );
    }
    for span in select(&got, "process", "orders") {
        assert!(!span.get("messaging.destination.partition.id").is_empty(), "{span:?}");
        assert!(!span.get("messaging.kafka.offset").is_empty(), "{span:?}");
    }
}

#[tokio::test]
async fn each_line_of_a_log_belongs_to_a_span_of_its_service() {
    let (got, _) = shop(5).await;
    let services: BTreeMap<&Id, &str> = got.spans.iter().map(|span| (&span.id, &*span.service)).collect();
    assert!(got.lines.len() > 10);
    for line in &got.lines {
        assert_eq!(services.get(&line.span), Some(&&*line.service), "{line:?}");
        assert!(!line.body.is_empty());
    }
}

#[tokio::test]
async fn all_times_agree_but_those_of_shipping_which_are_forty_milliseconds_ahead() {
    let (got, _) = shop(13).await;
    let spans: BTreeMap<&Id, &Span> = got.spans.iter().map(|span| (&span.id, span)).collect();
    let mut ahead = 0;
    for span in got.spans.iter().filter(|span| span.operation() == "process") {
        for send in span.links.iter().filter_map(|link| spans.get(link)) {
            let (from, to) = (send.service == "shipping", span.service == "shipping");
            if from == to {
                assert!(send.started <= span.started, "{} before {}", span.name, send.name);
            } else if from {
                ahead += usize::from(span.started < send.started);
            } else {
                assert!(span.started >= send.started + 40_000_000, "{} after {}", span.name, send.name);
            }
        }
    }
    // What is stopped hurries, so those that were waiting then are seen to begin before they were sent.
    assert!(ahead > 0);
    assert!(got.spans.iter().all(|span| span.started <= span.ended));
}

#[tokio::test]
async fn the_first_journey_is_there_at_once() {
    let receiver = Receiver::start().await;
    let demo =
        demo::start(&DemoConfig { endpoint: receiver.endpoint.clone(), ..DemoConfig::default() }).unwrap();
    let started = Instant::now();
    receiver.until("the first order", |got| got.spans.iter().any(|span| span.is("process", "orders"))).await;
    // It is meant to be a second. A machine that is busy with something else is given three.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    demo.stop().await;
}
