//! The whole pipeline runs, and all that the services tell of it arrives at a collector.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use clap::Parser;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Text;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use tracehop_sdk::{Drops, OtlpCounters, Telemetry};

use crate::brokers::Brokers;
use crate::cli::Cli;
use crate::collector::{Collector, Received};
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
    let collector = Collector::start().await.unwrap();
    let endpoint = collector.endpoint().to_owned();
    let variables = move |name: &str| (name == ENDPOINT).then(|| endpoint.clone());
    let telemetry = after(ORDERS, variables).await;
    let journeys = telemetry.journeys.clone();
    let services = [
        ("orders", FROM_ORDERS, Losses::of(&telemetry.orders)),
        ("payments", FROM_PAYMENTS, Losses::of(&telemetry.payments)),
        ("shipping", FROM_SHIPPING, Losses::of(&telemetry.shipping)),
    ];
    telemetry.shut_down().await.unwrap();

    let mut arrived = 0;
    for (name, expected, losses) in services {
        let received = collector.received(name);
        check(name, &received, &expected);
        assert_eq!(losses.total(), 0, "{name}");
        arrived += received.spans.len();
    }
    assert_eq!((arrived, 0), (journeys.len(), journeys.dropped()));
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

fn check(service: &str, received: &Received, expected: &Expected) {
    let spans = counted(received.spans.iter().map(|span| span.name.as_str()));
    assert_eq!(spans, expected.spans.iter().copied().collect(), "spans of {service}");

    let (sent, processed) = (expected.sent, expected.processed);
    for (name, count) in [
        ("messaging.client.operation.duration", sent),
        ("messaging.client.sent.messages", sent),
        ("messaging.client.consumed.messages", processed),
        ("messaging.process.duration", processed),
    ] {
        assert_eq!(total(metric(received, name)), count, "{name} of {service}");
    }
    let contexts = metric(received, "tracehop.propagation.contexts");
    let outcomes = by(contexts, "tracehop.propagation.outcome");
    assert_eq!(outcomes, BTreeMap::from([("found", processed), ("written", sent)]), "contexts of {service}");

    let names: HashMap<_, _> =
        received.spans.iter().map(|span| ((&span.trace_id, &span.span_id), span.name.as_str())).collect();
    let logs = counted(received.logs.iter().map(|log| {
        let span = names.get(&(&log.trace_id, &log.span_id));
        (body(log), *span.unwrap_or_else(|| panic!("no span of {service} arrived for {log:?}")))
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

/// What arrived last of a metric.
fn metric<'a>(received: &'a Received, name: &str) -> &'a Metric {
    let mut metrics = received.metrics.iter().rev();
    metrics.find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name} has not arrived"))
}

/// What all series of a metric count.
fn total(metric: &Metric) -> u64 {
    match metric.data.as_ref() {
        Some(Data::Histogram(durations)) => durations.data_points.iter().map(|point| point.count).sum(),
        Some(Data::Sum(sum)) => sum.data_points.iter().map(value).sum(),
        other => panic!("{} is {other:?}", metric.name),
    }
}

/// What a counter's series count, by one of their attributes.
fn by<'a>(metric: &'a Metric, attribute: &str) -> BTreeMap<&'a str, u64> {
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{} is no counter", metric.name) };
    let mut counts = BTreeMap::new();
    for point in &sum.data_points {
        let found = point.attributes.iter().find(|found| found.key == attribute).unwrap();
        *counts.entry(text(found.value.as_ref().unwrap().value.as_ref())).or_default() += value(point);
    }
    counts
}

fn value(point: &NumberDataPoint) -> u64 {
    match point.value {
        Some(Number::AsInt(value)) => u64::try_from(value).unwrap(),
        other => panic!("a count is {other:?}"),
    }
}

fn body(log: &LogRecord) -> &str {
    text(log.body.as_ref().unwrap().value.as_ref())
}

fn text(value: Option<&Text>) -> &str {
    match value {
        Some(Text::StringValue(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}
