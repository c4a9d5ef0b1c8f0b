//! What is wrong is an error that names the variable, and a disabled SDK is none.

#[cfg(feature = "internal-logs")]
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
#[cfg(feature = "internal-logs")]
use tracehop_sdk::Telemetry;

#[cfg(feature = "internal-logs")]
use crate::endpoints::lookup;
use crate::lines::local;
use crate::mail::relay;
#[cfg(feature = "internal-logs")]
use crate::written::Lines;

#[test]
fn a_variable_that_nobody_understands_is_an_error_that_names_it() {
    for (variable, value, reason) in [
        ("OTEL_PROPAGATORS", "tracecontext,ottrace", "\"ottrace\" is no propagator that is built in: use "),
        ("TRACEHOP_LOG_FORMAT", "xml", "it is neither text nor json"),
        ("RUST_LOG", "not[a filter", ""),
    ] {
        let error = local(&[(variable, value)]).0.build().unwrap_err();
        assert_eq!(error.setting(), variable);
        assert!(error.to_string().starts_with(&format!("{variable}: {reason}")), "{error}");
    }
    let error = local(&[]).0.log_filter("not[a filter").build().unwrap_err();
    assert_eq!(error.setting(), "log_filter");
    let error = local(&[]).0.traces(|traces| traces.ratio(2.0)).build().unwrap_err();
    assert_eq!(error.to_string(), "ratio: the ratio 2 is no number from 0 to 1");
}

#[cfg(feature = "internal-logs")]
#[test]
fn a_variable_of_all_signals_that_nobody_understands_is_warned_of_once() {
    for (variable, value) in [
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
    ] {
        let set = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), (variable, value)];
        let lines = Lines::default();
        let writer = lines.clone();
        let builder = Telemetry::builder("orders").variables(lookup(set)).log_writer(move || writer.clone());
        let telemetry = builder.shutdown_deadline(Duration::ZERO).build().unwrap();
        assert!(!telemetry.is_disabled());
        let lines = lines.all();
        let told: Vec<_> = lines.iter().filter(|line| line.contains(variable)).collect();
        assert_eq!(told.len(), 1, "{lines:#?}");
        assert!(told[0].contains(".VariableIgnored"), "{told:?}");
    }
}

#[test]
fn a_disabled_sdk_logs_on_this_machine_alone() {
    let (builder, lines) = local(&[("OTEL_SDK_DISABLED", "true")]);
    let telemetry = builder.build().unwrap();
    assert!(telemetry.is_disabled());
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        let _span = tracing::info_span!("place order").entered();
        relay(&telemetry.messaging_tracer(), || tracing::info!("handled"));
        assert!(!opentelemetry::Context::current().has_active_span());
    });
    let span = telemetry.traces().provider().tracer("test").start("x");
    assert!(!opentelemetry::trace::Span::span_context(&span).is_valid());
    telemetry.shutdown().unwrap();
    let lines = lines.all();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("handled"), "{lines:?}");
}
