//! Scenarios of metrics.

use tracehop::{Inbound, MessagingSystem, OperationKind, Received, semconv};

use super::bench::DEADLINE;
use super::broker_under_test::BrokerUnderTest;
use super::stage::Stage;
use crate::MetricPoint;

/// The buckets that the conventions advise.
const DURATIONS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// What may stand on a point, beside what a row of the table names.
const OTHERS: [&str; 7] = [
    semconv::MESSAGING_CONSUMER_GROUP_NAME,
    semconv::MESSAGING_DESTINATION_NAME,
    semconv::MESSAGING_DESTINATION_TEMPLATE,
    semconv::MESSAGING_OPERATION_NAME,
    semconv::MESSAGING_SYSTEM,
    semconv::SERVER_ADDRESS,
    semconv::SERVER_PORT,
];

pub(super) async fn each_operation_is_counted_once<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    let settlement = B::SETTLEMENTS[0];
    bench.broker.settle(&got, settlement).await;
    bench.spans.wait_for(3, DEADLINE).await;
    let points = bench.metrics.points();
    let spans = bench.spans.finished();
    let name = |operation| bench.broker.span_name(operation);
    let (sent, received) = (name("send"), name("process"));
    for (metric, unit, bounds, span, own) in [
        (
            semconv::MESSAGING_CLIENT_OPERATION_DURATION,
            "s",
            &DURATIONS[..],
            &sent,
            &[(semconv::MESSAGING_OPERATION_TYPE, "send")][..],
        ),
        (semconv::MESSAGING_CLIENT_SENT_MESSAGES, "{message}", &[], &sent, &[]),
        (semconv::MESSAGING_CLIENT_CONSUMED_MESSAGES, "{message}", &[], &received, &[]),
        (semconv::MESSAGING_PROCESS_DURATION, "s", &DURATIONS, &received, &[]),
        (
            semconv::MESSAGING_CLIENT_OPERATION_DURATION,
            "s",
            &DURATIONS,
            &received,
            &[(semconv::MESSAGING_OPERATION_TYPE, "settle")],
        ),
        (
            semconv::TRACEHOP_PROPAGATION_CONTEXTS,
            "{message}",
            &[],
            &sent,
            &[(semconv::TRACEHOP_PROPAGATION_OUTCOME, "written")],
        ),
        (
            semconv::TRACEHOP_PROPAGATION_CONTEXTS,
            "{message}",
            &[],
            &received,
            &[(semconv::TRACEHOP_PROPAGATION_OUTCOME, "found")],
        ),
    ] {
        let point = one(&points, metric, own);
        assert_eq!((point.unit.as_str(), point.count), (unit, 1), "{point}");
        assert_eq!(point.bounds, bounds, "{point}");
        assert_eq!(value(point, semconv::MESSAGING_SYSTEM), Some(B::System::NAME), "{point}");
        // The same text stands in the span's name.
        let (_, destination) = span.split_once(' ').expect("a span is named after its destination");
        let shown = value(point, semconv::MESSAGING_DESTINATION_NAME)
            .or(value(point, semconv::MESSAGING_DESTINATION_TEMPLATE));
        assert_eq!(shown, Some(destination), "{point}");
        for (key, _) in &point.attributes {
            let is_own = own.iter().any(|(name, _)| name == key);
            let is_known = OTHERS.contains(&key.as_str());
            assert!(is_own || is_known, "{key} on {point}");
        }
        // What the span says of the client, the metric says too.
        let span = spans.iter().find(|known| known.name == *span).expect("the operation has a span");
        for key in [semconv::MESSAGING_CONSUMER_GROUP_NAME, semconv::SERVER_ADDRESS, semconv::SERVER_PORT] {
            let said = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
            let said = said.map(|attribute| attribute.value.to_string());
            assert_eq!(value(point, key), said.as_deref(), "{key} on {point}");
        }
        let word = value(point, semconv::MESSAGING_OPERATION_NAME).expect("it is required");
        let of_span = span.name.split(' ').next().unwrap_or_default();
        let of_receive = B::System::operation_name(OperationKind::Receive);
        assert!(word == of_span || word == of_receive || word == settlement, "{word} on {point}");
    }
    check_queue_times(&points, B::received(&got));
    // A client that lost its broker says so to whoever waits for messages.
    let is_outage = |point: &MetricPoint| {
        stage.has_met_outage() && value(point, semconv::MESSAGING_OPERATION_TYPE) == Some("receive")
    };
    let mut failed = points.iter().filter(|point| value(point, semconv::ERROR_TYPE).is_some());
    let failed = failed.find(|point| !is_outage(point));
    assert!(failed.is_none(), "nothing failed: {failed:?}");
    let problems = points.iter().find(|point| point.name == semconv::TRACEHOP_PROPAGATION_PROBLEMS);
    assert!(problems.is_none(), "nothing is wrong: {problems:?}");
}

/// Where the broker tells when a message was sent, and how often it was delivered, there is one record of each.
fn check_queue_times<M: Inbound<S>, S: MessagingSystem>(points: &[MetricPoint], received: &Received<M, S>) {
    let count =
        |name: &str| points.iter().filter(|point| point.name == name).map(|point| point.count).sum::<u64>();
    let times = count(semconv::TRACEHOP_MESSAGE_TIME_IN_QUEUE) + count(semconv::TRACEHOP_MESSAGE_SKEWED);
    assert_eq!(times, u64::from(received.message().sent_at().is_some()), "{points:#?}");
    let attempt = received.message().delivery_attempt();
    assert_eq!(
        count(semconv::TRACEHOP_MESSAGE_DELIVERY_ATTEMPT),
        u64::from(attempt.is_some()),
        "{points:#?}"
    );
    assert!(attempt.is_none_or(|attempt| attempt == 1), "it is the first delivery: {attempt:?}");
}

pub(super) async fn a_refused_send_is_counted_with_its_error<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send_refused().await;
    let spans = bench.spans.wait_for(1, DEADLINE).await;
    let took = spans[0].end_time.duration_since(spans[0].start_time).unwrap_or_default();
    let points = bench.metrics.points();
    let own = [(semconv::ERROR_TYPE, B::REFUSED)];
    assert_eq!(one(&points, semconv::MESSAGING_CLIENT_SENT_MESSAGES, &own).count, 1);
    let duration = one(&points, semconv::MESSAGING_CLIENT_OPERATION_DURATION, &own);
    assert!((duration.sum - took.as_secs_f64()).abs() < 1e-9, "{duration:?} took {took:?}");
}

fn value<'a>(point: &'a MetricPoint, key: &str) -> Option<&'a str> {
    point.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// The one point of this name with these attributes.
fn one<'a>(points: &'a [MetricPoint], name: &str, own: &[(&str, &str)]) -> &'a MetricPoint {
    let has = |point: &&MetricPoint| own.iter().all(|(key, expected)| value(point, key) == Some(expected));
    let mut matching = points.iter().filter(|point| point.name == name).filter(has);
    match (matching.next(), matching.next()) {
        (Some(point), None) => point,
        other => panic!("one {name} with {own:?}, and not {other:?}, in {points:#?}"),
    }
}
