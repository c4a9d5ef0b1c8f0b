//! An endpoint that is away, with the times that nobody set. There is one test here, because a process has one subscriber, and what
//! exporters tell on their threads goes to that one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::time::{Duration, Instant};

use opentelemetry::trace::{Tracer, TracerProvider};
use serde_json::Value;
use tracehop_sdk::{LogFormat, Telemetry};

#[path = "../support/endpoints.rs"]
mod endpoints;
#[path = "../support/lines.rs"]
mod lines;

use endpoints::{lookup, nobody};
use lines::Lines;

/// What exporters tell, but not that they are the process's.
fn told(lines: &[String]) -> Vec<Value> {
    let all = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let is_internal = |line: &Value| {
        let target = line["target"].as_str().unwrap();
        target.starts_with("opentelemetry") || target == "tracehop-sdk"
    };
    all.filter(|line| is_internal(line) && line["level"] != "INFO").collect()
}

#[test]
fn one_warning_comes_early_and_one_line_at_the_end_says_what_was_lost() {
    let (endpoint, lines) = (nobody(), Lines::default());
    let writer = lines.clone();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup([("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())]))
        .log_format(LogFormat::Json)
        .log_writer(move || writer.clone())
        .shutdown_deadline(Duration::from_secs(1))
        .init()
        .unwrap();

    // The first batch goes when a second is over. All attempts at it take ten.
    let started = Instant::now();
    tracing::info!(target: "orders", "placed");
    let before = told(&lines.wait_until(|lines| !told(lines).is_empty()));
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    assert_eq!(before.len(), 1, "{before:#?}");
    assert_eq!((&before[0]["level"], &before[0]["fields"]["endpoint"]), (&"WARN".into(), &endpoint.into()));
    assert!(before[0]["fields"]["error"].as_str().unwrap().starts_with("no answer: "), "{before:#?}");

    let tracer = telemetry.traces().provider().tracer("test");
    for _ in 0..5_000 {
        drop(tracer.start("x"));
    }
    assert!(telemetry.traces().drops().total() >= 5_000 - 2_048);
    let after = told(&lines.all());
    assert_eq!(after.len(), 1, "{after:#?}");

    // What is lost is told of when all is over.
    drop(telemetry);
    let end = told(&lines.all());
    assert_eq!(end.len(), 2, "{end:#?}");
    assert_eq!(end[1]["level"], "WARN");
    let lost = |what: &str| end[1]["fields"][what].as_u64().unwrap();
    assert_eq!((lost("spans"), lost("log_records")), (5_000, 1), "{end:#?}");
    assert!(lost("data_points") > 0, "{end:#?}");
}
