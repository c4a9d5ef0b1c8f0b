//! Endpoints that are away, and the end: the service goes on, one warning says so, and nothing waits longer than it was told to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::OTelSdkError;
use tracehop_sdk::{Telemetry, TelemetryBuilder};

use crate::endpoints::{black_hole, lookup, recorder};
use crate::mail::relay;
use crate::written::Lines;

const DEADLINE: Duration = Duration::from_millis(200);

/// Beyond the deadline, for a machine that has too much to do. Nothing of ours waits so short: the SDK's own time is five seconds
/// for each signal.
const GRACE: Duration = Duration::from_secs(4);

/// The times that nobody set.
#[cfg(feature = "internal-logs")]
const DEFAULTS: [(&str, &str); 4] = [
    ("OTEL_EXPORTER_OTLP_TIMEOUT", ""),
    ("OTEL_BSP_SCHEDULE_DELAY", ""),
    ("OTEL_BLRP_SCHEDULE_DELAY", ""),
    ("OTEL_METRIC_EXPORT_INTERVAL", ""),
];

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

#[cfg(feature = "internal-logs")]
#[test]
fn what_is_lost_since_nobody_answers_is_told_at_the_end_with_the_endpoint() {
    for protocol in protocols() {
        let (_listener, endpoint) = black_hole();
        let (builder, lines) = to(&endpoint, protocol, &DEFAULTS);
        let telemetry = builder.build().unwrap();
        use_it(&telemetry);
        telemetry.shutdown_within(DEADLINE).unwrap_err();
        drop(telemetry);
        let lines = lines.all();
        let told: Vec<_> =
            lines.iter().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect();
        let [away, lost] = &told[..] else { panic!("{lines:#?}") };
        assert!(
            away.contains("OtlpExporter.Failing") && away.contains(&format!("endpoint={endpoint:?}")),
            "{away}"
        );
        assert!(away.contains("error=\"no answer until the shutdown\""), "{away}");
        assert!(
            lost.contains("name=\"Telemetry.Shutdown.Incomplete\" spans=2 log_records=1 data_points="),
            "{lost}"
        );
        assert!(!lost.contains("data_points=0"), "{lost}");
    }
}

#[cfg(feature = "internal-logs")]
#[test]
fn nothing_is_told_of_a_shutdown_after_which_all_has_arrived() {
    let recorder = recorder();
    let (builder, lines) = to(&recorder.endpoint(), "http/protobuf", &DEFAULTS);
    let telemetry = builder.build().unwrap();
    use_it(&telemetry);
    drop(telemetry);
    assert_eq!((recorder.finished().len(), recorder.logs().len()), (2, 1));
    let lines = lines.all();
    assert!(lines.iter().all(|line| line.contains(" INFO ")), "{lines:#?}");
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
    let recorder = recorder();
    let settings = [("OTEL_BSP_SCHEDULE_DELAY", "60000")];
    let telemetry = to(&recorder.endpoint(), "http/protobuf", &settings).0.build().unwrap();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        use_it(&telemetry);
        let _telemetry = telemetry;
        std::panic::panic_any(7);
    }));
    assert!(unwound.is_err());
    assert_eq!(recorder.finished().len(), 2);
}
