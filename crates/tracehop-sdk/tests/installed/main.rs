//! Telemetry that is the process's. There is one test here, because a process has one subscriber, and one of each provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::collections::HashMap;

use opentelemetry::global;
use opentelemetry::trace::{TraceContextExt, Tracer};
use tracehop_sdk::{LogFormat, Telemetry};
use tracehop_testing::OtlpRecorder;

#[path = "../support/endpoints.rs"]
mod endpoints;
#[path = "../support/lines.rs"]
mod lines;

use endpoints::{lookup, nobody};
use lines::Lines;

/// Lines of exporters, but not that they are the process's.
fn told(lines: &[String]) -> Vec<&str> {
    let is_internal = |line: &&String| line.contains("\"tracehop-sdk\"") || line.contains("opentelemetry");
    lines.iter().filter(is_internal).map(String::as_str).filter(|line| !line.contains(".GlobalSet")).collect()
}

#[test]
fn it_is_the_processs_and_an_endpoint_that_is_away_is_told_of_once() {
    let endpoint = nobody();
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = || {
        let set = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "50"),
            ("OTEL_BSP_SCHEDULE_DELAY", "5"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "5"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "5"),
        ];
        let writer = writer.clone();
        let builder = Telemetry::builder("orders").variables(lookup(set)).log_format(LogFormat::Json);
        builder.log_writer(move || writer.clone())
    };
    let telemetry = builder().init().unwrap();

    // All signals, through what is global.
    let use_it = || {
        let span = tracing::info_span!("place order").entered();
        tracing::info!("placed");
        log::warn!(target: "old_crate", "of the crate log");
        drop(span);
        global::tracer("test").in_span("global", |cx| {
            let mut headers = HashMap::new();
            global::get_text_map_propagator(|propagator| propagator.inject_context(&cx, &mut headers));
            let trace_id = cx.span().span_context().trace_id().to_string();
            assert!(headers["traceparent"].contains(&trace_id));
        });
        global::meter("test").u64_counter("orders").build().add(1, &[]);
    };

    // Nobody listens: the service goes on, and one line says so, whatever the number of batches and signals.
    let (drops, metrics, logs) =
        (telemetry.traces().drops(), telemetry.metrics().counters(), telemetry.logs().counters());
    while drops.total() < 8 || metrics.lost() < 4 || logs.lost() < 8 {
        use_it();
        std::thread::yield_now();
    }
    let before = lines.wait_until(|lines| !told(lines).is_empty());
    assert_eq!(told(&before).len(), 1, "{:#?}", told(&before));
    let warning: serde_json::Value = serde_json::from_str(told(&before)[0]).unwrap();
    assert_eq!((&warning["level"], &warning["target"]), (&"WARN".into(), &"tracehop-sdk".into()));
    assert_eq!(warning["fields"]["endpoint"], endpoint.as_str());
    let old: Vec<_> = before.iter().filter(|line| line.contains("\"target\":\"old_crate\"")).collect();
    assert!(!old.is_empty(), "{before:#?}");

    // It comes back, at the same address.
    let address = endpoint.trim_start_matches("http://");
    let recorder = OtlpRecorder::builder().address(address).start_blocking().unwrap();
    let has_all = || {
        let (spans, logs) = (recorder.finished(), recorder.logs());
        let has = |text: &str| logs.iter().any(|record| record.body == text);
        let has_span = |name: &str| spans.iter().any(|recorded| recorded.span.name == name);
        has_span("place order") && has_span("global") && has("placed") && has("of the crate log")
    };
    while !has_all() || recorder.metrics().is_empty() {
        use_it();
        std::thread::yield_now();
    }
    let after = lines.wait_until(|lines| told(lines).len() > 1);
    assert_eq!(told(&after).len(), 2, "{:#?}", told(&after));
    let recovered: serde_json::Value = serde_json::from_str(told(&after)[1]).unwrap();
    assert_eq!((&recovered["level"], &recovered["target"]), (&"INFO".into(), &"tracehop-sdk".into()));
    assert!(recovered["fields"]["lost"].as_u64().unwrap() > 0);

    // What is global stays with the first one.
    let error = builder().init().unwrap_err();
    assert_eq!(error.to_string(), "subscriber: the process has one for tracing already");
    use_it();
    telemetry.shutdown().unwrap();
}
