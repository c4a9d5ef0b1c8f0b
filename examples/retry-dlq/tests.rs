//! All of it runs on each broker: the whole tree of spans, the shape of each waterfall, who was charged, and how long orders waited.

mod kafka;
mod nats;
mod rabbitmq;
mod shape;

use std::time::{Duration, SystemTime};

use tokio::time::timeout;
use tracehop_testing::{OtlpRecorder, RecordedSpan};

use crate::broker::Broker;
use crate::shop::Shop;
use crate::telemetry::{ENDPOINT, Services};
use crate::wait::Wait;
use crate::{order, serve};

/// Longer than any of this takes.
const DEADLINE: Duration = Duration::from_secs(60);
/// Brokers count in whole milliseconds.
const COARSE: Duration = Duration::from_millis(1);

/// Sends all orders through, and looks at what the services told of it.
async fn check(broker: impl Broker, tree: &str, waterfalls: [&str; 4]) {
    let recorder = OtlpRecorder::start().await.unwrap();
    let endpoint = recorder.endpoint();
    let services = Services::set_up(move |name: &str| (name == ENDPOINT).then(|| endpoint.clone())).unwrap();
    let shop = Shop::new(order::ALL.len());
    in_time(serve(&broker, &services, &shop, &order::ALL)).await.unwrap();
    in_time(broker.clean_up()).await.unwrap();
    let journeys = services.journeys.clone();
    in_time(services.shut_down()).await.unwrap();

    recorder
        .tree()
        .without(broker.suffix())
        .attributes(["tracehop.message.attempts", "tracehop.nats.delivery_count"])
        .events(true)
        .assert(tree);
    assert!(recorder.refused().is_empty(), "{:?}", recorder.refused());
    let shapes =
        journeys.journeys().iter().map(|journey| shape::of(journey, broker.suffix())).collect::<Vec<_>>();
    assert_eq!(shapes, waterfalls.map(shape::trimmed));
    let mut charged = shop.bank.charged();
    charged.sort();
    assert_eq!(charged, ["ord_expired", "ord_overdrawn"]);
    check_waits(&recorder.finished());
}

/// Each try of the first order is as long after the one before it as it has to be.
fn check_waits(spans: &[RecordedSpan]) {
    let first = spans[0].span.span_context.trace_id();
    let is_try = |recorded: &&RecordedSpan| {
        recorded.span.span_context.trace_id() == first && recorded.span.name.starts_with("process orders")
    };
    let tries: Vec<SystemTime> =
        spans.iter().filter(is_try).map(|recorded| recorded.span.start_time).collect();
    let waits: Vec<Duration> =
        tries.windows(2).map(|pair| pair[1].duration_since(pair[0]).unwrap()).collect();
    assert_eq!(waits.len(), Wait::ALL.len());
    for (waited, wait) in waits.iter().zip(Wait::ALL) {
        assert!(*waited + COARSE >= wait.delay(), "{wait:?}: {waited:?}");
    }
}

/// Runs the services for one order that cannot be sent on, because its destination is away. What they ended with.
async fn fails(broker: &impl Broker, shop: &Shop) -> String {
    let services = Services::set_up(|_| None).unwrap();
    // It is no order, so it is to be parked.
    let served = in_time(serve(broker, &services, shop, &["no order"])).await;
    format!("{:#}", served.unwrap_err())
}

/// Runs the services again, until the order of before has come to its end.
async fn goes_on(broker: &impl Broker, shop: &Shop) {
    let services = Services::set_up(|_| None).unwrap();
    in_time(serve(broker, &services, shop, &[])).await.unwrap();
    in_time(broker.clean_up()).await.unwrap();
}

/// Nothing that a test waits for may hold it up for ever. What it waits for is boxed because it may be large.
fn in_time<T>(waiting: impl Future<Output = T>) -> impl Future<Output = T> {
    let waiting = Box::pin(waiting);
    async { timeout(DEADLINE, waiting).await.unwrap() }
}
