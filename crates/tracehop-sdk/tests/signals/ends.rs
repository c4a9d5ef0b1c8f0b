//! Endpoints that are away: nothing waits for them longer than it was told to, and they are told of once.

use std::time::{Duration, Instant};

use opentelemetry::metrics::MeterProvider;
use tracehop_sdk::{LogsBuilder, MetricsBuilder};
use tracing_subscriber::layer::SubscriberExt;

use crate::endpoints::{black_hole, lookup};

const DEADLINE: Duration = Duration::from_millis(200);

/// Beyond the deadline, for a machine that has too much to do. Nothing of ours waits so short.
const GRACE: Duration = Duration::from_secs(4);

#[test]
fn a_shutdown_keeps_its_deadline_though_nobody_answers() {
    for protocol in ["grpc", "http/protobuf"] {
        let (_listener, endpoint) = black_hole();
        let set =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        let metrics = MetricsBuilder::default().variables(lookup(set)).build().unwrap();
        metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
        let started = Instant::now();
        assert!(metrics.shutdown_with_timeout(DEADLINE).is_err());
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());

        let logs = LogsBuilder::default().variables(lookup(set)).build().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.layer()), || {
            tracing::info!("x");
        });
        let started = Instant::now();
        assert!(logs.shutdown_with_timeout(DEADLINE).is_err());
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());
    }
}

#[test]
fn what_is_lost_is_counted() {
    let set = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", crate::endpoints::nobody()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1".to_owned()),
        ("OTEL_BLRP_SCHEDULE_DELAY", "1".to_owned()),
    ];
    let logs = LogsBuilder::default().variables(lookup(set.clone())).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(logs.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info!("x"));
    let _failed = logs.provider().force_flush();
    assert_eq!((logs.counters().lost(), logs.counters().timed_out()), (1, 1));

    let metrics = MetricsBuilder::default().variables(lookup(set)).build().unwrap();
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
    assert!(metrics.provider().force_flush().is_err());
    assert_eq!((metrics.counters().lost(), metrics.counters().timed_out()), (1, 1));
}
