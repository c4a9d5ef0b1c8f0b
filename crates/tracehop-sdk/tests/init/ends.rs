//! Endpoints that are away, and the end: the service goes on, one warning says so, and nothing waits longer than it was told to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::OTelSdkError;
use tracehop_sdk::{Telemetry, TelemetryBuilder};

use crate::mail::relay;
use crate::receiver::{Receiver, black_hole, lookup};
use crate::written::Lines;

const DEADLINE: Duration = Duration::from_millis(200);

/// Beyond the deadline, for a machine that has too much to do. Nothing of ours waits so short: the SDK's own time is five seconds
/// for each signal.
const GRACE: Duration = Duration::from_secs(4);

fn to(endpoint: &str, protocol: &str, more: &[(&str, &str)]) -> (TelemetryBuilder, Lines) {
    let set = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "50"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "5"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "5"),
    ];
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = Telemetry::builder("orders").log_writer(move || writer.clone());
    // The last of two counts.
    let set: Vec<_> = more.iter().chain(&set).copied().collect();
    (builder.variables(lookup(set)), lines)
}

fn use_it(telemetry: &Telemetry) {
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        relay(&telemetry.messaging_tracer(), || tracing::info!("handled"));
    });
}

fn protocols() -> &'static [&'static str] {
    if cfg!(feature = "otlp-grpc") { &["http/protobuf", "grpc"] } else { &["http/protobuf"] }
}

#[test]
fn a_shutdown_keeps_its_deadline_though_nobody_answers() {
    for protocol in protocols() {
        let (_listener, endpoint) = black_hole();
        let telemetry =
            to(&endpoint, protocol, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")]).0.build().unwrap();
        use_it(&telemetry);
        let started = Instant::now();
        let error = telemetry.shutdown_within(DEADLINE).unwrap_err();
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());
        let OTelSdkError::InternalFailure(text) = error else { panic!("{error}") };
        for signal in ["traces: ", "metrics: ", "logs: "] {
            assert!(text.contains(signal), "{text}");
        }
        let again = telemetry.shutdown();
        assert!(matches!(again, Err(OTelSdkError::AlreadyShutdown)));
        drop(telemetry);
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());
    }
}

#[test]
fn so_does_what_is_dropped_also_in_a_runtime_and_while_a_panic_unwinds() {
    let timed = |run: &dyn Fn(Telemetry)| {
        let (_listener, endpoint) = black_hole();
        let builder = to(&endpoint, "http/protobuf", &[("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")]).0;
        let telemetry = builder.shutdown_deadline(DEADLINE).build().unwrap();
        use_it(&telemetry);
        let started = Instant::now();
        run(telemetry);
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());
    };
    timed(&drop);
    timed(&|telemetry| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { drop(telemetry) });
    });
    timed(&|telemetry| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _telemetry = telemetry;
            std::panic::panic_any(7);
        }));
        assert!(unwound.is_err());
    });
}

#[test]
fn what_is_left_is_exported_while_a_panic_unwinds() {
    let receiver = Receiver::http();
    let endpoint = format!("http://{}", receiver.address);
    let telemetry =
        to(&endpoint, "http/protobuf", &[("OTEL_BSP_SCHEDULE_DELAY", "60000")]).0.build().unwrap();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        use_it(&telemetry);
        let _telemetry = telemetry;
        std::panic::panic_any(7);
    }));
    assert!(unwound.is_err());
    assert_eq!(receiver.received().spans.len(), 2);
}
