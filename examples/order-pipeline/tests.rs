//! The whole pipeline runs, and all that the services tell of it arrives at a receiver of OTLP inside the test.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use clap::Parser;
use tracehop_sdk::{Drops, OtlpCounters, Telemetry};
use tracehop_testing::{MetricPoint, OtlpRecorder};

use crate::brokers::Brokers;
use crate::cli::Cli;
use crate::telemetry::{ENDPOINT, Services};
use crate::{model, pipeline};

/// Of the first hundred orders two are charged again, and one is given up.
const ORDERS: usize = 100;

/// What counts the losses of a service. It outlives the service's telemetry.
struct Losses {
    spans: Drops,
    others: [OtlpCounters; 2],
}

impl Losses {
    fn of(telemetry: &Telemetry) -> Self {
        let others = [telemetry.metrics().counters(), telemetry.logs().counters()];
        Self { spans: telemetry.traces().drops(), others }
    }

    fn total(&self) -> u64 {
        self.spans.total() + self.others.iter().map(OtlpCounters::lost).sum::<u64>()
    }
}

/// What has to arrive from a service: all of it, and nothing else.
struct Expected {
    spans: &'static [(&'static str, u64)],
    /// Messages that were sent, and that were delivered and processed.
    sent: u64,
    processed: u64,
    /// What was logged, and the span that it was logged in.
    logs: &'static [(&'static str, &'static str, u64)],
}

const FROM_ORDERS: Expected = Expected {
    spans: &[
        ("place order", 100),
        ("process orders.dead", 1),
        ("process shipments", 99),
        ("send orders", 100),
    ],
    sent: 100,
    processed: 100,
    logs: &[
        ("the order is done", "process shipments", 99),
        ("the order is given up", "process orders.dead", 1),
        ("the order is placed", "place order", 100),
    ],
};

const FROM_PAYMENTS: Expected = Expected {
    spans: &[("process orders", 102), ("send orders", 2), ("send orders.dead", 1), ("send payments", 99)],
    sent: 102,
    processed: 102,
    logs: &[
        ("the card is charged", "process orders", 99),
        // Two that are tried again, and one that is given up.
        ("the card is not charged", "process orders", 3),
    ],
};

const FROM_SHIPPING: Expected = Expected {
    spans: &[("process payments", 99), ("send shipments", 99)],
    sent: 99,
    processed: 99,
    logs: &[("the order is packed", "process payments", 99)],
};

#[tokio::test(flavor = "multi_thread")]
async fn spans_metrics_and_logs_of_all_services_arrive_and_log_records_have_the_ids_of_their_spans() {
    let recorder = OtlpRecorder::start().await.unwrap();
    let endpoint = recorder.endpoint();
    let variables = move |name: &str| (name == ENDPOINT).then(|| endpoint.clone());
    let telemetry = after(ORDERS, variables).await;
    let journeys = telemetry.journeys.clone();
    let services = [
        ("orders", FROM_ORDERS, Losses::of(&telemetry.orders)),
        ("payments", FROM_PAYMENTS, Losses::of(&telemetry.payments)),
        ("shipping", FROM_SHIPPING, Losses::of(&telemetry.shipping)),
    ];
    telemetry.shut_down().await.unwrap();

    for (name, expected, losses) in services {
        check(name, &recorder, &expected);
        assert_eq!(losses.total(), 0, "{name}");
    }
    recorder.assert_every_message_linked();
    recorder.assert_no_orphans();
    assert_eq!((recorder.finished().len(), 0), (journeys.len(), journeys.dropped()));
    assert!(recorder.refused().is_empty(), "{:?}", recorder.refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_nothing_is_exported_and_the_journeys_are_there() {
    let telemetry = after(3, |_| None).await;
    let journeys = telemetry.journeys.clone();
    let (drops, records) = (telemetry.orders.traces().drops(), telemetry.orders.logs().counters());
    telemetry.shut_down().await.unwrap();
    assert_eq!(journeys.journeys().len(), 3);
    assert_eq!((drops.total(), records.delivered(), records.lost()), (0, 0, 0));
}

/// The telemetry of the services, after so many orders have gone through the broker inside this process.
async fn after(
    orders: usize,
    variables: impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static,
) -> Services {
    let telemetry = Services::set_up(false, variables).unwrap();
    let cli = Cli::parse_from(["order-pipeline"]);
    let orders = model::read_orders(&cli.orders, Some(orders)).unwrap();
    let brokers = Arc::new(Brokers::connect(&cli).await.unwrap());
    pipeline(&telemetry, &brokers, orders).await.unwrap();
    telemetry
}

fn check(service: &str, recorder: &OtlpRecorder, expected: &Expected) {
    let is_its = |name: &Option<Arc<str>>| name.as_deref() == Some(service);
    let all = recorder.finished();
    let spans = || all.iter().filter(|recorded| is_its(&recorded.service)).map(|recorded| &recorded.span);
    let names = counted(spans().map(|span| &*span.name));
    assert_eq!(names, expected.spans.iter().copied().collect(), "spans of {service}");

    let all = recorder.metrics();
    let points: Vec<&MetricPoint> =
        all.iter().filter(|recorded| is_its(&recorded.service)).map(|recorded| &recorded.point).collect();
    let (sent, processed) = (expected.sent, expected.processed);
    for (name, count) in [
        ("messaging.client.operation.duration", sent),
        ("messaging.client.sent.messages", sent),
        ("messaging.client.consumed.messages", processed),
        ("messaging.process.duration", processed),
    ] {
        let series = points.iter().filter(|point| point.name == name);
        assert_eq!(series.map(|point| point.count).sum::<u64>(), count, "{name} of {service}");
    }
    let outcomes = by(&points, "tracehop.propagation.contexts", "tracehop.propagation.outcome");
    assert_eq!(outcomes, BTreeMap::from([("found", processed), ("written", sent)]), "contexts of {service}");

    let names: HashMap<_, _> = spans()
        .map(|span| ((span.span_context.trace_id(), span.span_context.span_id()), &*span.name))
        .collect();
    let all = recorder.logs();
    let logs = counted(all.iter().filter(|log| is_its(&log.service)).map(|log| {
        let span = names.get(&(log.trace_id, log.span_id));
        (log.body.as_str(), *span.unwrap_or_else(|| panic!("no span of {service} arrived for {log:?}")))
    }));
    let expected = expected.logs.iter().map(|(text, span, count)| ((*text, *span), *count)).collect();
    assert_eq!(logs, expected, "logs of {service}");
}

fn counted<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// What a counter's series count, by one of their attributes.
fn by<'a>(points: &[&'a MetricPoint], name: &str, attribute: &str) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for point in points.iter().filter(|point| point.name == name) {
        let (_, value) = point.attributes.iter().find(|(key, _)| key == attribute).unwrap();
        *counts.entry(value.as_str()).or_default() += point.count;
    }
    counts
}
